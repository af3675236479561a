# audiomuse_module(NAME [SOURCES ...] [PUBLIC ...] [PRIVATE ...] [TESTS ...] [TEST_LINKS ...])
#
# One module: a static library audiomuse_NAME (alias audiomuse::NAME) that exposes only its include/ folder.
# PUBLIC and PRIVATE name what it links; TESTS are GoogleTest sources, built into NAME_test.
# A "/" in NAME (wrap/ffmpeg, features/similar) becomes "_" in target names.
find_package(Threads REQUIRED)

function(audiomuse_module NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE;TESTS;TEST_LINKS" ${ARGN})
  string(REPLACE "/" "_" target ${NAME})
  set(library audiomuse_${target})
  if(ARG_SOURCES)
    add_library(${library} STATIC ${ARG_SOURCES})
    audiomuse_join(${library} ${ARG_SOURCES})
    set(scope PUBLIC)
    target_include_directories(${library} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${library} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} Threads::Threads)
  else()
    add_library(${library} INTERFACE)
    set(scope INTERFACE)
    target_link_libraries(${library} INTERFACE ${ARG_PUBLIC})
  endif()
  target_include_directories(${library} ${scope} ${CMAKE_CURRENT_SOURCE_DIR}/include)
  add_library(audiomuse::${target} ALIAS ${library})
  if(ARG_TESTS AND BUILD_TESTING)
    audiomuse_test(${target}_test SOURCES ${ARG_TESTS} LINKS ${library} ${ARG_PRIVATE} ${ARG_TEST_LINKS})
    target_include_directories(${target}_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
endfunction()

# With CMAKE_UNITY_BUILD, sources of one folder are compiled together, eight at a time where a module has no folders, as they read
# the same headers: the program builds in a third of the time. Folders of a module have a vocabulary of their own and don't mix.
function(audiomuse_join TARGET)
  foreach(source IN LISTS ARGN)
    get_filename_component(folder ${source} DIRECTORY)
    string(MAKE_C_IDENTIFIER "${TARGET}_${folder}" group)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
    if(folder)
      set_target_properties(${TARGET} PROPERTIES UNITY_BUILD_MODE GROUP)
    endif()
  endforeach()
endfunction()

# audiomuse_test(TARGET SOURCES ... LINKS ... [LABELS ...] [WHOLE]): a GoogleTest program whose cases appear in ctest one by
# one; WHOLE: as one test, for cases that share what is dear to start, such as a server.
# Tests find the shared reference files (models, audio, goldens) through AUDIOMUSE_SHARED_DIR and skip, saying so, without.
function(audiomuse_test TARGET)
  cmake_parse_arguments(ARG "WHOLE" "" "SOURCES;LINKS;LABELS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${TARGET} ${ARG_SOURCES})
  target_include_directories(${TARGET} PRIVATE ${PROJECT_SOURCE_DIR}/tests)  # support/
  target_link_libraries(${TARGET} PRIVATE ${ARG_LINKS} GTest::gmock GTest::gtest_main Threads::Threads)
  target_compile_definitions(${TARGET} PRIVATE
    AUDIOMUSE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    AUDIOMUSE_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
  include(GoogleTest)
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(ARG_WHOLE)
    add_test(NAME ${TARGET} COMMAND ${TARGET})
    set_tests_properties(${TARGET} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 900)
  else()
    gtest_discover_tests(${TARGET} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600)
  endif()
endfunction()

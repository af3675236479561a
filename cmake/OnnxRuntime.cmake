# ONNX Runtime: its headers at build time, its shared library at run time (wrap/onnx loads it with dlopen).
#
# Provides the target audiomuse::onnxruntime_headers and the variable AUDIOMUSE_ONNXRUNTIME_LIBRARY, the library's full path.
# Looked for in this order: AUDIOMUSE_ONNXRUNTIME_DIR; the system (Debian 13's libonnxruntime-dev); onnxruntime/ in the build
# folder or in build/; a cache of the user, filled by scripts/fetch_onnxruntime when needed.
set(AUDIOMUSE_ONNXRUNTIME_DIR "" CACHE PATH
  "Folder with include/onnxruntime/ and lib/libonnxruntime.so.1; empty: the system's, else a fetched one")

function(audiomuse_find_onnxruntime)
  if(AUDIOMUSE_ONNXRUNTIME_DIR AND NOT EXISTS ${AUDIOMUSE_ONNXRUNTIME_DIR}/include/onnxruntime/onnxruntime_cxx_api.h)
    message(FATAL_ERROR "AUDIOMUSE_ONNXRUNTIME_DIR: ${AUDIOMUSE_ONNXRUNTIME_DIR} has no "
      "include/onnxruntime/onnxruntime_cxx_api.h. Correct it, or leave it empty.")
  endif()
  set(folder ${AUDIOMUSE_ONNXRUNTIME_DIR})

  if(NOT folder)
    find_path(include onnxruntime_cxx_api.h PATH_SUFFIXES onnxruntime NO_CACHE)
    find_library(library onnxruntime NO_CACHE)
    if(include AND library)
      file(REAL_PATH ${library} library)
    else()
      foreach(candidate IN ITEMS ${CMAKE_BINARY_DIR}/onnxruntime ${PROJECT_SOURCE_DIR}/build/onnxruntime)
        if(NOT folder AND EXISTS ${candidate}/lib/libonnxruntime.so.1)
          set(folder ${candidate})
        endif()
      endforeach()
      if(NOT folder)
        if(NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
          set(folder $ENV{XDG_CACHE_HOME}/audiomuse/onnxruntime-1.23.2)
        elseif(NOT "$ENV{HOME}" STREQUAL "")
          set(folder $ENV{HOME}/.cache/audiomuse/onnxruntime-1.23.2)
        else()
          set(folder ${CMAKE_BINARY_DIR}/onnxruntime)
        endif()
        execute_process(COMMAND ${PROJECT_SOURCE_DIR}/scripts/fetch_onnxruntime ${folder}
          RESULT_VARIABLE status ERROR_VARIABLE message)
        if(NOT status EQUAL 0)
          message(FATAL_ERROR "${message}")
        endif()
      endif()
    endif()
  endif()

  if(folder)
    set(include ${folder}/include/onnxruntime)
    # Beside bin/, where the program looks for it first, so that a build folder can be moved.
    set(library ${CMAKE_BINARY_DIR}/lib/libonnxruntime.so.1)
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
    file(COPY_FILE ${folder}/lib/libonnxruntime.so.1 ${library} ONLY_IF_DIFFERENT)
  endif()

  add_library(audiomuse_onnxruntime_headers INTERFACE)
  target_include_directories(audiomuse_onnxruntime_headers SYSTEM INTERFACE ${include})
  add_library(audiomuse::onnxruntime_headers ALIAS audiomuse_onnxruntime_headers)
  set(AUDIOMUSE_ONNXRUNTIME_LIBRARY ${library} PARENT_SCOPE)
  set_property(GLOBAL PROPERTY AUDIOMUSE_ONNXRUNTIME_LIBRARY ${library})  # for Install.cmake
endfunction()

audiomuse_find_onnxruntime()

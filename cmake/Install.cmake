# What `cmake --install` and the Debian package (cpack -G DEB) put where.
#   component program   the program and, where the system has none, ONNX Runtime beside it, as wrap/onnx looks for it there
#   component service   systemd's units, the user they run as, their settings
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)
set(program_folder lib/audiomuse)
install(TARGETS audiomuse RUNTIME DESTINATION ${program_folder} COMPONENT program)
get_property(onnxruntime GLOBAL PROPERTY AUDIOMUSE_ONNXRUNTIME_LIBRARY)
if(onnxruntime MATCHES "^${CMAKE_BINARY_DIR}/")
  install(FILES ${onnxruntime} DESTINATION ${program_folder} COMPONENT program)
endif()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/install)
file(CREATE_LINK ../${program_folder}/audiomuse ${CMAKE_BINARY_DIR}/install/audiomuse SYMBOLIC)
install(FILES ${CMAKE_BINARY_DIR}/install/audiomuse DESTINATION bin COMPONENT program)
install(FILES LICENSE DESTINATION share/doc/audiomuse RENAME copyright COMPONENT program)
execute_process(COMMAND gzip -9nc ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/audiomuse.1  # Debian wants them packed
  OUTPUT_FILE ${CMAKE_BINARY_DIR}/install/audiomuse.1.gz COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${CMAKE_BINARY_DIR}/install/audiomuse.1.gz DESTINATION share/man/man1 COMPONENT program)

install(FILES deploy/audiomuse.service deploy/audiomuse-worker.service DESTINATION lib/systemd/system COMPONENT service)
install(FILES deploy/debian/audiomuse.sysusers DESTINATION lib/sysusers.d RENAME audiomuse.conf COMPONENT service)
install(FILES deploy/debian/audiomuse.env DESTINATION /etc/audiomuse COMPONENT service
  PERMISSIONS OWNER_READ OWNER_WRITE)  # may hold passwords; systemd reads it as root

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME audiomuse)
set(CPACK_PACKAGE_VENDOR AudioMuse)
set(CPACK_PACKAGE_CONTACT "AudioMuse <audiomuse@localhost>" CACHE STRING "Who publishes the Debian package: name <address>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "listens to a music library and makes playlists from how it sounds")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Analyses every track of a music library, finds tracks that sound alike
and makes playlists, in a web page on port 8000 and through a REST API.
Works alone with SQLite, or on many machines over PostgreSQL and Redis.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)  # for /etc
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL OFF)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql, redis-server")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/postinst ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/prerm
  ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/postrm ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/conffiles)
include(CPack)

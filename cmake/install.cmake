# What `cmake --install` lays down beside the program: plugins, headers, trawl.pc, the CMake package,
# man page, shell completions, documentation.
include(CMakePackageConfigHelpers)

set(TRAWL_PLUGIN_DIR ${CMAKE_INSTALL_LIBDIR}/trawl/plugins)
# From where trawl.pc lies up to the prefix: the installed tree may be moved as a whole.
file(RELATIVE_PATH TRAWL_PC_TO_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
file(STRINGS ${PROJECT_SOURCE_DIR}/include/trawl/plugin.h abi REGEX "define TRAWL_ABI_(MAJOR|MINOR)")
string(REGEX REPLACE ".*MAJOR[^0-9]*([0-9]+).*" "\\1" TRAWL_ABI_MAJOR "${abi}")
string(REGEX REPLACE ".*MINOR[^0-9]*([0-9]+).*" "\\1" TRAWL_ABI_MINOR "${abi}")

get_property(plugins DIRECTORY ${PROJECT_SOURCE_DIR}/plugins PROPERTY BUILDSYSTEM_TARGETS)
foreach(target ${plugins})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "MODULE_LIBRARY" AND NOT target STREQUAL "plugin_example")
    install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/trawl/plugins)
    string(REPLACE plugin_ part_ part ${target})
    if(TARGET ${part})
      install(TARGETS ${part} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/trawl/plugins/parts)
    endif()
  endif()
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/trawl DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")

configure_file(${PROJECT_SOURCE_DIR}/cmake/trawl.pc.in ${PROJECT_BINARY_DIR}/trawl.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/trawl.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/trawlConfig.cmake.in
  ${PROJECT_BINARY_DIR}/trawlConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/trawl
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR TRAWL_PLUGIN_DIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/trawlConfigVersion.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/trawlConfig.cmake ${PROJECT_BINARY_DIR}/trawlConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/trawl)

install(FILES ${PROJECT_SOURCE_DIR}/docs/trawl.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/completions/trawl.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME trawl OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/completions/trawl.zsh
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _trawl OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/completions/trawl.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d OPTIONAL)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
        PATTERN "trawl.1" EXCLUDE)

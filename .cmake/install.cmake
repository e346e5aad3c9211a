# What `cmake --install` puts in place: headers as include/sonant/<room>/..., the libraries, the
# sonant command, a CMake package (sonant::core, ::nn, ::audio, ::speech, ::train, ::command),
# pkg-config files of all of it and of what runs a model, the licence and the documentation.
include(CMakePackageConfigHelpers)
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sonant)

foreach(room ${SONANT_ROOMS})
  install(TARGETS sonant_${room} EXPORT sonant-${room}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  # One export set per room, so that a program that asks for core alone does not need libsndfile.
  install(EXPORT sonant-${room} NAMESPACE sonant:: FILE sonant-${room}-targets.cmake
    DESTINATION ${cmake_dir})
  set_target_properties(sonant_${room} PROPERTIES INSTALL_RPATH "$ORIGIN")
endforeach()
foreach(folder ${SONANT_FOLDERS})
  # *_body.h are templates for our own .cpp files; they include xsimd and friends.
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sonant
    FILES_MATCHING PATTERN "*.h" PATTERN "*_body.h" EXCLUDE)
endforeach()
if(TARGET sonant)
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_BINDIR}
    OUTPUT_VARIABLE to_lib)
  set_target_properties(sonant PROPERTIES INSTALL_RPATH "$ORIGIN/${to_lib}")
  install(TARGETS sonant RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # The command as a library: what a program with rows of its own calls.
  install(TARGETS sonant_command EXPORT sonant-command
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT sonant-command NAMESPACE sonant:: FILE sonant-command-targets.cmake
    DESTINATION ${cmake_dir})
  install(FILES apps/run_command.h apps/command_line.h apps/option.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sonant/apps)
  set_target_properties(sonant_command PROPERTIES INSTALL_RPATH "$ORIGIN")
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/apps/models ${PROJECT_SOURCE_DIR}/apps/recipes
    DESTINATION ${CMAKE_INSTALL_DATADIR}/sonant USE_SOURCE_PERMISSIONS)
  # Written when they are installed: the program itself knows them, and a quickstart builds no more.
  if(NOT CMAKE_CROSSCOMPILING)
    file(GLOB commands RELATIVE ${PROJECT_SOURCE_DIR}/apps ${PROJECT_SOURCE_DIR}/apps/cmd_*.cpp)
    list(TRANSFORM commands REPLACE "cmd_(.*)\\.cpp" "\\1")
    set(words ${PROJECT_BINARY_DIR}/words)
    install(CODE "execute_process(COMMAND \"${CMAKE_COMMAND}\" -D \"SONANT=$<TARGET_FILE:sonant>\"
      -D \"COMMANDS=${commands}\" -D \"OUT=${words}\"
      -P \"${PROJECT_SOURCE_DIR}/.cmake/words.cmake\" COMMAND_ERROR_IS_FATAL ANY)")
    install(DIRECTORY ${words}/ DESTINATION ${CMAKE_INSTALL_DATADIR})
  endif()
endif()

install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Shared libraries name their own dependencies; archives leave them to whoever links the program.
set(package_lines "")
foreach(room ${SONANT_ROOMS})
  get_property(modules_${room} TARGET sonant_${room} PROPERTY SONANT_PKG_CONFIG)
  if(NOT BUILD_SHARED_LIBS)
    string(APPEND package_lines "set(_sonant_modules_${room} ${modules_${room}})\n")
  endif()
endforeach()

configure_package_config_file(.cmake/sonant-config.cmake.in sonant-config.cmake
  INSTALL_DESTINATION ${cmake_dir})
write_basic_package_version_file(sonant-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sonant-config.cmake
  ${PROJECT_BINARY_DIR}/sonant-config-version.cmake DESTINATION ${cmake_dir})

# Paths are relative to the file itself, so that the installed tree can be moved.
set(pc_dir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${pc_dir}
           OUTPUT_VARIABLE pc_libdir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR BASE_DIRECTORY ${pc_dir}
  OUTPUT_VARIABLE pc_includedir)
# sonant_pkg_config(NAME DESCRIPTION room...): NAME.pc of these rooms, each behind those it needs.
function(sonant_pkg_config name description)
  set(pc_libs "")
  set(modules "")
  foreach(room ${ARGN})
    list(APPEND modules ${modules_${room}})
    string(PREPEND pc_libs " -lsonant_${room}")
  endforeach()
  list(REMOVE_DUPLICATES modules)
  list(JOIN modules " " modules)
  if(BUILD_SHARED_LIBS)
    set(requires "Requires.private: ${modules}")
  else()
    set(requires "Requires: ${modules}")
  endif()
  configure_file(.cmake/sonant.pc.in ${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
sonant_pkg_config(sonant "${PROJECT_DESCRIPTION}" ${SONANT_ROOMS})
sonant_pkg_config(sonant-speech "Runs trained speech models on ordinary CPUs" core nn audio speech)

# cmake -D BUILD=dir -D PREFIX=dir -P install.cmake: installs into a folder that was just emptied,
# so that a file the installation has lost cannot be found from last time.
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

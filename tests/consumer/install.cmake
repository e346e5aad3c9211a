# cmake -D BUILD=dir -D PREFIX=dir -D DOCDIR=share/doc/sonant -P install.cmake: installs into a
# folder that was just emptied, so that a file the installation has lost cannot be found from last
# time. The licence and the documentation must be among what is there.
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(file LICENSE README.md CHANGELOG.md docs/index.md docs/lstm.md docs/images/inspect.png
    docs/snippets/readme.cpp)
  if(NOT EXISTS ${PREFIX}/${DOCDIR}/${file})
    message(FATAL_ERROR "${PREFIX}/${DOCDIR}/${file} was not installed")
  endif()
endforeach()

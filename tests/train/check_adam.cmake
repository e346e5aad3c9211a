# adam.cpp calls no square root: its loop has an instruction for it.
execute_process(COMMAND ${NM} -u ${OBJECTS} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
if(NOT OBJECTS)
  message(FATAL_ERROR "expected the object of adam.cpp, got none")
endif()
string(REGEX MATCH "[^\n]*sqrt[^\n]*" call "${symbols}")
if(call)
  message(FATAL_ERROR "${OBJECTS} calls ${call}: -fno-math-errno is lost")
endif()

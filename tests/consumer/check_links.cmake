# Running a model takes neither SQLite nor toml++ nor xxHash: no library that it is made of names
# one of their symbols, and no program that runs one loads them.
#
#   cmake -DNM=nm "-DLIBRARIES=libsonant_speech.a;..." "-DPROGRAMS=run_a_model;..."
#     -P check_links.cmake
set(refused "sqlite3|toml|xxh|libsonant_train")
set(symbols "")
foreach(library ${LIBRARIES})
  execute_process(COMMAND ${NM} -C ${library} OUTPUT_VARIABLE text ERROR_QUIET
    COMMAND_ERROR_IS_FATAL ANY)
  string(APPEND symbols "${text}")
  if(text MATCHES "[^\n]*(sqlite3_|toml::|XXH[0-9])[^\n]*")
    message(FATAL_ERROR "${library}: ${CMAKE_MATCH_0}")
  endif()
endforeach()
if(NOT symbols MATCHES "T sonant::load_model")
  message(FATAL_ERROR "none of ${LIBRARIES} holds sonant::load_model")
endif()
foreach(program ${PROGRAMS})
  execute_process(COMMAND ldd ${program} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(TOLOWER "${text}" text)
  if(text MATCHES "[^\n]*(${refused})[^\n]*")
    message(FATAL_ERROR "${program}: ${CMAKE_MATCH_0}")
  endif()
  if(NOT text MATCHES "libsndfile|libsonant_speech")
    message(FATAL_ERROR "${program} does not read sounds: is it the right program?\n${text}")
  endif()
endforeach()

# The linker keeps one copy of an inline function, from whichever file it meets first: one compiled
# for AVX-512 must not reach machines without. The objects of audio/frame_kernels_*.cpp share
# nothing.
#
#   cmake -DNM=nm "-DOBJECTS=frame_kernels_avx2.cpp.o;..." -P check_symbols.cmake
if(NOT OBJECTS)
  message(FATAL_ERROR "no objects to check")
endif()
foreach(object ${OBJECTS})
  execute_process(COMMAND ${NM} -C ${object} OUTPUT_VARIABLE text RESULT_VARIABLE failed)
  if(failed OR NOT text MATCHES "sonant::frame_kernels_")
    message(FATAL_ERROR "${object}: ${NM} finds no kernels in it")
  endif()
  string(REGEX MATCHALL " [WVu] [^\n]*" shared "${text}")
  list(FILTER shared EXCLUDE REGEX " DW\\.ref\\.")  # the personality of exceptions, C's own
  if(shared)
    message(FATAL_ERROR "${object} has symbols that other files could share:\n ${shared}")
  endif()
endforeach()

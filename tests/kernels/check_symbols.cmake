# The linker keeps one copy of an inline function, from whichever file it meets first. If a file
# compiled for AVX-512 left such a copy behind, it would run on machines without AVX-512. So the
# objects of core/kernels/simd_*.cpp may share nothing but templates on the instruction set, and
# hold no data that would be set up at start.
#
#   cmake -DNM=nm "-DOBJECTS=simd_avx2.cpp.o;..." -P check_symbols.cmake
if(NOT OBJECTS)
  message(FATAL_ERROR "no objects to check")
endif()
set(bad "")
foreach(object ${OBJECTS})
  execute_process(COMMAND ${NM} -C ${object} OUTPUT_VARIABLE text RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${NM} cannot read ${object}")
  endif()
  string(REPLACE ";" "," text "${text}")
  string(REPLACE "\n" ";" lines "${text}")
  set(tagged 0)
  foreach(line ${lines})
    # V: personality routine of exceptions, C's own.
    if(line MATCHES " [VWu] DW\\.ref\\.")
      continue()
    elseif(line MATCHES " [VWu] (.*)$" AND
           NOT CMAKE_MATCH_1 MATCHES "sonant::kernels::.*\\(sonant::Isa\\)")
      list(APPEND bad "${object}: shared symbol ${CMAKE_MATCH_1}")
    elseif(line MATCHES " [BbDd] (.*)$")
      list(APPEND bad "${object}: static object ${CMAKE_MATCH_1}")
    elseif(line MATCHES " U (std::|xsimd::).*")
      list(APPEND bad "${object}: calls ${line}")
    elseif(line MATCHES "\\(sonant::Isa\\)")
      math(EXPR tagged "${tagged} + 1")
    endif()
  endforeach()
  if(tagged EQUAL 0)
    list(APPEND bad "${object}: holds no kernel")
  endif()
endforeach()
if(bad)
  list(JOIN bad "\n  " bad)
  message(FATAL_ERROR "Symbols that other files could share:\n  ${bad}")
endif()

# What find_package must not accept: a program written for another minor version (before 1.0 the
# next one may break the interface), and a component that does not exist.
function(refuse)  # a function, because what find_package sets must not outlive the refusal
  find_package(sonant ${ARGN} CONFIG QUIET)
  if(sonant_FOUND)
    message(FATAL_ERROR "find_package(sonant ${ARGN}) was answered by ${sonant_VERSION}")
  endif()
endfunction()
refuse(0.0)
refuse(COMPONENTS core no_such_room)

# What training over ranks needs besides the libraries: the target sonant_mpi, one object, which a
# program links and calls use_mpi() of (train/cluster/communicator.h). Without MPI the same, empty:
# the program then trains in one process.
set(SONANT_MPI AUTO CACHE STRING "Train over MPI ranks: ON, OFF, or AUTO, if MPI is found")
set_property(CACHE SONANT_MPI PROPERTY STRINGS AUTO ON OFF)

# sonant_mpi_object(TARGET SOURCE): one of the two files; its MPI is the caller's to add.
function(sonant_mpi_object target source)
  add_library(${target} STATIC ${PROJECT_SOURCE_DIR}/train/cluster/${source})
  target_compile_options(${target} PRIVATE ${SONANT_LEVEL_COLD})
  # mpi.h's own C++ classes are no part of MPI any more. What is precompiled knows nothing of that.
  target_compile_definitions(${target} PRIVATE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
  target_link_libraries(${target} PUBLIC sonant::train PRIVATE $<BUILD_INTERFACE:sonant_flags>)
endfunction()

if(SONANT_MPI STREQUAL "AUTO")
  set(MPI_CXX_SKIP_MPICXX ON)
  find_package(MPI QUIET COMPONENTS CXX)
elseif(SONANT_MPI)
  set(MPI_CXX_SKIP_MPICXX ON)
  find_package(MPI REQUIRED COMPONENTS CXX)
endif()
if(SONANT_MPI AND MPI_CXX_FOUND)
  sonant_mpi_object(sonant_mpi mpi_communicator.cpp)
  target_link_libraries(sonant_mpi PRIVATE MPI::MPI_CXX)
else()
  sonant_mpi_object(sonant_mpi no_mpi.cpp)
endif()

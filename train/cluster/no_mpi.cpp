// In place of mpi_communicator.cpp where there is no MPI.
#include <sonant/train/cluster/communicator.h>

namespace sonant {

void use_mpi() {}

}  // namespace sonant

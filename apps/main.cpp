// sonant: one command, one file per subcommand (cmd_*.cpp).
#include <sonant/train/cluster/communicator.h>

#include "run_command.h"

int main(int argc, char** argv) {
  sonant::use_mpi();
  return sonant::run_command(argc, argv);
}

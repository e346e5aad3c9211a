// sonant: one command, one file per subcommand (cmd_*.cpp).
#include "run_command.h"

int main(int argc, char** argv) { return sonant::run_command(argc, argv); }

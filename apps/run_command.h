// The command `sonant` as a function. A program that registers a model family, a front end, a
// corpus, a protocol, an optimizer, ... of its own and calls this has the whole command with it:
//
//   int main(int argc, char** argv) {
//     sonant::register_front_end(my_row());
//     return sonant::run_command(argc, argv);
//   }
//
// Data goes to stdout, messages to stderr. Exit status: 0 done, 1 failed, 2 wrong usage or a value
// that cannot be, 128+signal when stopped by a signal after a clean save.
#pragma once

namespace sonant {

namespace apps {
struct Program;
}

int run_command(int argc, char** argv);

// A subcommand of one's own: a function that adds it to the program (apps/command_line.h), as those
// of apps/cmd_*.cpp do. Before run_command().
using AddCommand = void (*)(apps::Program&);
void register_command(AddCommand add);

}  // namespace sonant

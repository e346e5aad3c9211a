// The subcommands of `sonant`, one file each (cmd_*.cpp): each adds itself to the program.
#pragma once

#include "command_line.h"

namespace sonant::apps {

void add_train(Program& program);
void add_cv(Program& program);
void add_tune(Program& program);
void add_status(Program& program);
void add_evaluate(Program& program);
void add_table(Program& program);
void add_predict(Program& program);
void add_inspect(Program& program);
void add_report(Program& program);
void add_features(Program& program);
void add_store(Program& program);
void add_synth(Program& program);
void add_summary(Program& program);
void add_graph(Program& program);
void add_info(Program& program);
void add_help(Program& program);  // help COMMAND, and as a manual page
void add_completion(Program& program);

}  // namespace sonant::apps

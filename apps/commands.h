// The subcommands of `sonant`: each adds itself, with its options, to the application.
#pragma once

namespace CLI {
class App;
}

namespace sonant::apps {

void add_info(CLI::App& app);
void add_synth(CLI::App& app);
void add_features(CLI::App& app);
void add_table(CLI::App& app);
void add_train(CLI::App& app);
void add_cv(CLI::App& app);
void add_tune(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_predict(CLI::App& app);
void add_inspect(CLI::App& app);
void add_report(CLI::App& app);
void add_summary(CLI::App& app);
void add_graph(CLI::App& app);

}  // namespace sonant::apps

#include "train_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sonant/nn/models/family.h>
#include <sonant/train/config_file.h>

#include <map>
#include <memory>

#include "options.h"

#include "model_argument.h"

namespace sonant::apps {
namespace {

// What add_train_options() needs when all is parsed.
struct Sources {
  std::string file, protocol;
  std::map<std::string_view, const Option*> options;  // by field

  bool typed(std::string_view field) const {
    const auto found = options.find(field);
    return found != options.end() && !found->second->typed.empty();
  }

  // What was typed is in `config` already, and is put back behind what counts less.
  void apply(TrainConfig& config) const {
    const TrainConfig as_typed = config;
    if (!file.empty()) read_config_file(file, config);
    if (!protocol.empty()) apply_protocol(config, protocol);
    const Settings settings(config);
    for (const Setting& row : settings.table())
      if (typed(row.name)) settings.set(row, ConstSettings(as_typed).get(row));
  }
};

}  // namespace

void add_train_options(Command& command, TrainConfig& config,
                       const std::set<std::string_view>& without) {
  auto sources = std::make_shared<Sources>();
  command.option("--config", sources->file, "TOML file of hyperparameters; options win over it")
      .called("FILE")
      .reads();
  command
      .option("--protocol", sources->protocol,
              "strict: --padding masked --normalise train; paper: both paper, as the published "
              "notebook; oracle: paper and --choose-by test; no-validation: paper and --choose-by "
              "test-alone")
      .called("WORD")
      .one_of({kProtocols.begin(), kProtocols.end()});
  for (const Setting& row : settings_of(config)) {
    if (row.retired() || without.contains(row.name)) continue;
    Option& option = add_setting(command, config, row);
    if (row.name == "model") {
      option.flags = "-m,--model";
      option.called("MODEL").help = fmt::format("{}", fmt::join(known_models(), " or "));
    }
    sources->options[row.name] = &option;
  }
  command.checks.push_back([sources, &command, &config] {
    sources->apply(config);
    if (command.typed("--model")) check_names_architecture(config.model);
    config.validate();
  });
}

void add_checkpoint_every(Command& command, double& seconds) {
  command.option("--checkpoint-every", seconds, "Seconds of work that a kill may cost at most")
      .at_least(0)
      .in("Files");
}

}  // namespace sonant::apps

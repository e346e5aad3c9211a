#include "train_options.h"

#include <fmt/format.h>
#include <sonant/core/text.h>
#include <sonant/nn/models/family.h>
#include <sonant/train/config_settings.h>
#include <sonant/train/experiment/arithmetic.h>
#include <sonant/train/experiment/config_file.h>
#include <sonant/train/protocol.h>

#include <map>
#include <memory>

#include "model_argument.h"
#include "options.h"
#include "own_options.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

// What add_train_options() needs when all is parsed.
struct Sources {
  std::string file;
  std::map<std::string_view, const Option*> options;           // by field
  std::vector<std::pair<const NamingField*, OwnOptions>> own;  // of what the field names

  bool typed(std::string_view field) const {
    const auto found = options.find(field);
    return found != options.end() && !found->second->typed.empty();
  }

  // What was typed is in `config` already, and is put back behind what counts less.
  void apply(TrainConfig& config) const {
    const TrainConfig as_typed = config;
    std::set<std::string_view> keep;
    for (const auto& [name, option] : options)
      if (typed(name)) keep.insert(name);
    if (!file.empty()) read_config_file(file, config, keep);
    const Settings settings(config);
    for (const Setting& row : settings.table())
      if (typed(row.name)) settings.set(row, ConstSettings(as_typed).get(row));
    ConfigSettings filled(config);
    for (const auto& [field, typed_of_own] : own) {
      AnySettings its = config.*field->own;
      typed_of_own.apply(config.*field->row, its);
      for (const Setting& row : its.table()) filled.set(row, its.view().get(row));
    }
    if (typed("model")) check_model_named(config, as_typed.model);
  }
};

}  // namespace

std::shared_ptr<const std::string> add_train_options(Command& command, TrainConfig& config,
                                                     const std::set<std::string_view>& without) {
  auto sources = std::make_shared<Sources>();
  command.option("--config", sources->file, "Recipe, a TOML file of settings; options win over it")
      .called("FILE")
      .reads();
  for (const Setting& row : settings_of(config)) {
    if (row.retired() || without.contains(row.name)) continue;
    Option& option = add_setting(command, config, row);
    if (row.name == "model") {
      option.flags = "-m,--model";
      option.called("MODEL").help = joined(known_models(), " or ");
    }
    if (row.name == "protocol") {
      std::vector<std::string> words = known_protocols();
      words.insert(words.end(), former_protocols.begin(), former_protocols.end());
      option.called("PROTOCOL").one_of(std::move(words));
    }
    sources->options[row.name] = &option;
  }
  for (const NamingField& field : naming_fields()) {
    std::vector<OwnOptions::Row> rows;
    if (field.name == "model")
      rows = family_rows();
    else
      for (const auto& [name, settings] : field.rows()) rows.push_back({name, settings});
    sources->own.emplace_back(&field, OwnOptions(command, std::string(field.name), rows,
                                                 field.name == "model" ? "Model" : "Optimisation"));
  }
  command.checks.push_back([sources, &command, &config] {
    if (command.typed("--model")) check_names_architecture(config.model);
    sources->apply(config);
    config.validate();
  });
  return {sources, &sources->file};
}

void add_requeue_exit(Command& command) {
  command
      .flag(
          "--requeue-exit", [] { requeue_exit(true); },
          "Stopped by a signal: end with status 75, for batch systems, not 128 + signal")
      .in("Machine");
}

void add_dead_after(Command& command, double& seconds) {
  command
      .option("--dead-after", seconds,
              "Seconds without a sign of life after which another host's process is dead")
      .between(1, 3600)
      .in("Machine");
}

void SharedOptions::add_to(Command& command) {
  for (Option& option : command.options)
    if (option.flags == "--isa")
      option.help += "; any: each process as it can, its last bits its own";
  command
      .flag("--no-wait", leave,
            "End when all that is left to do is other processes' at work in the same folder")
      .in("Machine");
  add_dead_after(command, dead_after);
  add_requeue_exit(command);
}

void SharedOptions::apply(MachineOptions machine, const std::filesystem::path& folder) {
  any_isa = machine.isa == "any";
  if (any_isa) machine.isa.clear();
  machine.apply();
  if (any_isa) return;
  const auto there = arithmetic_in(folder);
  if (!there) return;
  const std::string blas =
      adopt_arithmetic(*there, [](const std::string& text) { say("note: {}\n", printable(text)); });
  if (!blas.empty()) start_again("OPENBLAS_CORETYPE", blas);
}

void add_checkpoint_every(Command& command, double& seconds) {
  command.option("--checkpoint-every", seconds, "Seconds of work that a kill may cost at most")
      .at_least(0)
      .in("Files");
}

}  // namespace sonant::apps

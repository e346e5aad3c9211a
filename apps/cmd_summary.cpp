// sonant summary: a model's layers, their output shapes and parameter counts.
#include <fmt/format.h>
#include <sonant/nn/models/summary.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "model_argument.h"

namespace sonant::apps {

void add_summary(CLI::App& app) {
  auto model = std::make_shared<ModelArgument>();
  auto json = std::make_shared<bool>(false);
  CLI::App* command =
      app.add_subcommand("summary", "Print a model's layers, output shapes and parameter counts.");
  model->add_to(*command);
  command->add_flag("--json", *json, "As JSON");
  command->callback([model, json] {
    const auto classifier = model->make();
    const auto rows = summarise(*classifier);
    if (!*json) {
      fmt::print("{}\n", classifier->config().name);
      std::fflush(stdout);
      return print_summary(std::cout, rows);
    }
    nlohmann::ordered_json out;
    out["model"] = classifier->config().name;
    out["parameters"] = classifier->parameter_count();
    for (const SummaryRow& row : rows)
      out["layers"].push_back({{"name", row.name},
                               {"kind", row.kind},
                               {"settings", row.settings},
                               {"output", row.output},
                               {"parameters", row.parameters}});
    fmt::print("{}\n", out.dump(2));
  });
}

}  // namespace sonant::apps

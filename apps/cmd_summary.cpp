// sonant summary: a model's layers, their output shapes and parameter counts.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sonant/core/json.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/nn/models/summary.h>
#include <sonant/train/config_settings.h>
#include <sonant/train/experiment/judged.h>

#include <memory>
#include <sstream>

#include "commands.h"
#include "data_display.h"
#include "model_argument.h"
#include "options.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

void print_history(const TrainingFacts& facts) {
  const TrainConfig& c = facts.config;
  print("\ntrained on {}, {}, {} protocol, seed {}; {} epoch {} of {}\n",
        printable(facts.data.corpus), printable(facts.data.split), facts.data.protocol, c.seed,
        c.keep == Keep::last ? "last" : "best", facts.best_epoch, c.epochs);
  print("  lr {:g}, batch {}, weight decay {:g}, {}\n", c.lr, c.batch_size, c.weight_decay,
        c.cycles > 0 ? count_of(c.cycles, "cycle") : fmt::format("T_0 {}", c.t0));
  TrainConfig filled = c;
  const ConfigSettings settings(filled);
  std::vector<std::string> own;
  for (const Setting& row : filled.model_own.table())
    if (!row.retired()) own.push_back(fmt::format("{} {}", row.name, row.shown(settings.get(row))));
  if (!own.empty()) print("  {}\n", printable(fmt::format("{}", fmt::join(own, ", "))));
  const std::pair<const char*, const PartFacts*> parts[] = {{"learnt from", &facts.data.train},
                                                            {"epoch chosen by", &facts.data.choose},
                                                            {"judged on", &facts.data.test}};
  for (const auto& [name, part] : parts)
    if (part->files > 0) print("  {:<15} {}\n", name, part_text(*part));
  const bool classes = watches_classes(c);
  const std::string figure = figure_name(classes),
                    accuracy = classes ? fmt::format(", accuracy {:.4f}", facts.test_accuracy) : "";
  if (facts.data.chooser == Chooser::choose)
    print("  choose {} {:.4f}; test {} {:.4f}{}\n", figure, facts.choose_figure, figure,
          facts.test_figure, accuracy);
  else
    print("  test {} {:.4f}{}{}\n", figure, facts.test_figure, accuracy,
          facts.data.chooser == Chooser::test ? ", of speakers that chose the epoch" : "");
  for (const auto& head : facts.heads)
    print("  {}: test {} {:.4f}\n", head.head, figure_name(head.of_classes), head.test);
  print("{}", leak_text(facts.data));
}

}  // namespace

void add_summary(Program& program) {
  auto model = std::make_shared<ModelArgument>();
  auto json = std::make_shared<bool>(false);
  auto machine = std::make_shared<MachineOptions>();
  Command& command =
      program.command("summary", "Print a model's layers, output shapes and parameter counts.",
                      "Of a file also how it was trained and judged.");
  command.example =
      "sonant summary --model reslstm-sa-h64\nsonant summary --model model.safetensors";
  model->add_to(command);
  command.flag("--json", *json, "The result as JSON");
  machine->add_to(command);
  model->add_own_to(command);
  command.run = [model, json, machine] {
    machine->apply();
    const auto classifier = model->make();
    const auto rows = summarise(*classifier);
    if (!*json) {
      print("{}\n", classifier->spec().title());
      std::ostringstream table;
      print_summary(table, rows);
      print("{}", table.str());
      if (const auto facts = model->history()) print_history(*facts);
      return;
    }
    Json out;
    out["model"] = classifier->spec().title();
    out["parameters"] = classifier->parameter_count();
    for (const SummaryRow& row : rows)
      out["layers"].push_back({{"name", row.name},
                               {"op", row.op},
                               {"of", row.inputs},
                               {"settings", row.settings},
                               {"output", row.output},
                               {"result", row.result},
                               {"parameters", row.parameters}});
    print("{}\n", out.dump(2));
  };
}

}  // namespace sonant::apps

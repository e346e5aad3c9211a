#include "train_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/nn/models/classifier.h>
#include <sonant/train/config_file.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace sonant::apps {
namespace {

struct Help {
  std::string flag, text, group;
  std::vector<std::string> choices = {};
  std::string value = "WORD";  // what help calls a text
};

std::vector<std::string> kernel_words() {
  std::vector<std::string> words = kernels::lstm_kernel_names();
  words.insert(words.begin(), "auto");
  return words;
}

const std::map<std::string, Help>& help_of_fields() {
  const std::string most_used, model = "Model", optimisation = "Optimisation",
                               protocol = "Protocol";
  static const std::map<std::string, Help> help{
      {"model",
       {"-m,--model",
        fmt::format("{}", fmt::join(known_models(), " or ")),
        most_used,
        {},
        "MODEL"}},
      {"fold", {"--fold", "Which speakers are held out, from 0", most_used}},
      {"epochs", {"--epochs", "Passes over the training part", most_used}},
      {"batch_size", {"--batch-size", "Utterances in a batch", most_used}},
      {"optimizer", {"--optimizer", "Update rule", optimisation, {"adam", "adamw", "sgd"}}},
      {"lr", {"--lr", "Highest learning rate", most_used}},
      {"weight_decay",
       {"--weight-decay", "L2 decay (adam, sgd: in the gradient; adamw: decoupled)", optimisation}},
      {"momentum", {"--momentum", "sgd: momentum", optimisation}},
      {"nesterov", {"--nesterov", "sgd: Nesterov's momentum", optimisation}},
      {"schedule",
       {"--schedule", "Learning rate over the epochs", optimisation, {"cosine", "constant"}}},
      {"t0", {"--t0", "cosine: epochs of the first cycle, then a warm restart", optimisation}},
      {"cycles",
       {"--cycles", "cosine: so many cycles in all epochs, instead of --t0", optimisation}},
      {"t_mult", {"--t-mult", "cosine: each cycle is so many times longer", optimisation}},
      {"eta_min_ratio", {"--eta-min-ratio", "cosine: lowest rate as a share of lr", optimisation}},
      {"dropout", {"--dropout", "Dropout before the classifier", model}},
      {"label_smoothing", {"--label-smoothing", "Share of the target spread evenly", optimisation}},
      {"class_weights",
       {"--class-weights", "Weigh classes by 1 / frequency in the training part", optimisation}},
      {"clip", {"--clip", "Largest gradient norm; 0: no clipping", optimisation}},
      {"seed", {"--seed", "Of initial weights, shuffling and dropout", most_used}},
      {"kernel",
       {"--kernel", "LSTM kernel (sonant info lists them); auto: SONANT_KERNEL, or the best",
        "Machine", kernel_words()}},
      {"padding",
       {"--padding",
        "masked: nothing padded is ever seen; paper: as the published notebook",
        protocol,
        {"masked", "paper"}}},
      {"normalise",
       {"--normalise",
        "Feature statistics of the training speakers, or (paper) of all files",
        protocol,
        {"train", "paper"}}},
      {"choose_by",
       {"--choose-by",
        "Whose UAR picks the epoch that is kept; by the test speakers it is no estimate "
        "(test-alone: and the validation speakers are trained on)",
        protocol,
        {"validation", "test", "test-alone"}}},
      {"check_finite",
       {"--check-finite,!--no-check-finite", "Stop at the first NaN or infinity", optimisation}},
  };
  return help;
}

// What add_train_options() needs when all is parsed.
struct Sources {
  std::string file, protocol;
  std::map<std::string, const Option*> options;  // by field

  bool typed(const std::string& field) const {
    const auto found = options.find(field);
    return found != options.end() && !found->second->typed.empty();
  }

  // What was typed is in `config` already, and is put back behind what counts less.
  void apply(TrainConfig& config) const {
    std::vector<std::function<void()>> put_back;
    visit_config(config, [&](const char* name, auto& field) {
      if (typed(name)) put_back.push_back([&field, value = field] { field = value; });
    });
    if (!file.empty()) read_config_file(file, config);
    if (!protocol.empty()) apply_protocol(config, protocol);
    for (const auto& put : put_back) put();
  }
};

}  // namespace

void add_train_options(Command& command, TrainConfig& config,
                       const std::set<std::string>& without) {
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
  visit_config(config, [&](const char* field, auto& value) {
    if (without.contains(field)) return;
    const Help& help = help_of_fields().at(field);
    Option* option = nullptr;
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, bool>)
      option = &command.flag(help.flag, value, help.text);
    else
      option = &command.option(help.flag, value, help.text);
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
      option->called(help.value);
    option->one_of(help.choices).in(help.group);
    sources->options[field] = option;
  });
  command.checks.push_back([sources, &config] {
    sources->apply(config);
    config.validate();
  });
}

void add_checkpoint_every(Command& command, double& seconds) {
  command.option("--checkpoint-every", seconds, "Seconds of work that a kill may cost at most")
      .at_least(0)
      .in("Files");
}

}  // namespace sonant::apps

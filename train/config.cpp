#include <sonant/train/config.h>

#include <algorithm>
#include <bit>
#include <vector>

#include <sonant/audio/corpora/label_map.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>
#include <sonant/train/config_settings.h>

namespace sonant {
namespace {

constexpr const char* kAt = "TrainConfig";

using C = TrainConfig;

constexpr std::string_view kProtocol = "Protocol";

// By today's name, whichever stands in a file.
constexpr Setting protocol_setting() {
  Setting row = setting<&C::protocol>(
      "protocol", "Who trains, who chooses the epoch, who judges: sonant help protocols");
  row.set = [](void* config, const Json& name) {
    static_cast<TrainConfig*>(config)->protocol = protocol_name_now(name.get<std::string>());
  };
  return row.in(kProtocol).not_searched().one_of(known_protocols);
}

template <auto Member>
constexpr Setting optimisation(std::string_view name, std::string_view help,
                               std::source_location where = std::source_location::current()) {
  return setting<Member>(name, help, where).in("Optimisation");
}

template <auto Member>
constexpr Setting augmentation(std::string_view name, std::string_view help,
                               std::source_location where = std::source_location::current()) {
  return setting<Member>(name, help, where).in("Augmentation");
}

constexpr std::array kTable{
    setting<&C::model>("model", "Architecture and width").not_searched(),
    setting<&C::fold>("fold", "Which of the protocol's folds, from 0")
        .at_least(0)
        .of(Role::job)
        .not_searched(),
    setting<&C::epochs>("epochs", "Passes over the training part").at_least(1).not_searched(),
    setting<&C::batch_size>("batch_size", "Utterances in a batch").at_least(2),
    optimisation<&C::accumulate>("accumulate", "Batches whose gradients make one step").at_least(1),
    optimisation<&C::shards>("shards",
                             "Parts of a batch, a power of two, that threads or ranks (mpirun) "
                             "compute side by side; part of what the result is")
        .at_least(1)
        .not_searched(),
    optimisation<&C::window>(
        "window",
        "Of a feature store: shards that are shuffled together, one window after the other, and "
        "features are normalised by its sums; 0: all, as in memory")
        .at_least(0)
        .not_searched(),
    optimisation<&C::heads>(
        "heads",
        "What is learnt: HEAD[:COLUMN] [LOSS] [WEIGHT], ..., as \"emotion, gender 0.3, "
        "valence concordance 0.5\"; empty: the emotion, and what the family learns besides")
        .not_searched(),
    optimisation<&C::labels>(
        "labels",
        "Which classes of the corpus: CLASS or CLASS=NEW, ..., others are left out; or one of its "
        "label sets, as IEMOCAP's set-b; empty: all")
        .not_searched(),
    optimisation<&C::watch>(
        "watch", "The head that picks the epoch, by UAR or, of numbers, CCC; empty: the first")
        .not_searched(),
    optimisation<&C::loss>("loss", "What is made smaller, where --heads says nothing else")
        .one_of(known_losses),
    optimisation<&C::gamma>("gamma", "focal: how much less counts what is told well").at_least(0),
    optimisation<&C::optimizer>("optimizer", "Update rule").one_of(known_optimizers),
    setting<&C::lr>("lr", "Highest learning rate").at_least(0),
    optimisation<&C::weight_decay>("weight_decay",
                                   "L2 decay (adam, sgd: in the gradient; adamw: decoupled)")
        .at_least(0),
    optimisation<&C::beta1>("beta1", "adam, adamw: decay of the mean of the gradients")
        .at_least(0)
        .below(1),
    optimisation<&C::beta2>("beta2", "adam, adamw: decay of the mean of their squares")
        .at_least(0)
        .below(1),
    optimisation<&C::epsilon>("epsilon", "adam, adamw: added to the root").at_least(0),
    optimisation<&C::groups>(
        "groups",
        "Parameters by name with factors of learning rate and decay: \"*bias* 1 0, fc.* 10 1\"")
        .not_searched(),
    optimisation<&C::momentum>("momentum", "sgd: momentum").at_least(0).below(1),
    optimisation<&C::nesterov>("nesterov", "sgd: Nesterov's momentum"),
    optimisation<&C::schedule>("schedule", "Learning rate over the epochs").one_of(known_schedules),
    optimisation<&C::warmup>("warmup", "Epochs in which the rate rises from 0, before all else")
        .at_least(0),
    optimisation<&C::t0>("t0", "cosine: epochs of the first cycle, then a warm restart")
        .at_least(1),
    optimisation<&C::cycles>("cycles", "cosine: so many cycles in all epochs, instead of --t0")
        .at_least(0),
    optimisation<&C::t_mult>("t_mult", "cosine: each cycle is so many times longer").at_least(1),
    optimisation<&C::eta_min_ratio>("eta_min_ratio",
                                    "cosine, plateau: lowest rate as a share of lr")
        .between(0, 1),
    optimisation<&C::factor>("factor", "step, plateau: what the rate is multiplied by")
        .between(0, 1),
    optimisation<&C::step_size>("step_size", "step: epochs of the same rate").at_least(1),
    optimisation<&C::plateau>("plateau", "plateau: epochs without a better UAR before each step")
        .at_least(1),
    optimisation<&C::patience>("patience",
                               "Epochs without a better UAR that end the training; 0: none do")
        .at_least(0),
    optimisation<&C::min_delta>("min_delta", "A UAR that is better by less is not better")
        .between(0, 1),
    optimisation<&C::average>(
        "average", "Decay of the weights' moving average, which is judged and kept; 0: none is")
        .at_least(0)
        .below(1),
    optimisation<&C::keep>(
        "keep", "The epoch whose weights are kept: that of the best figure, or the last"),
    augmentation<&C::speed_share>(
        "speed_share", "Share of the utterances that faster and slower copies of them stand for")
        .between(0, 1),
    augmentation<&C::speed_change>("speed_change",
                                   "By how much these copies are faster or slower, pitch with it")
        .between(0.001, 0.5)
        .not_searched(),
    augmentation<&C::mask_frames>("mask_frames",
                                  "Adjacent frames of an utterance, at most, that are blanked out")
        .between(0, 100000),
    augmentation<&C::mask_features>("mask_features",
                                    "Adjacent features, at most, that are blanked out")
        .between(0, 100000),
    optimisation<&C::standardise>(
        "standardise",
        "Bring each feature to mean 0 and deviation 1, over the part that the protocol names")
        .not_searched(),
    optimisation<&C::label_smoothing>("label_smoothing", "Share of the target spread evenly")
        .between(0, 1),
    optimisation<&C::class_weights>("class_weights",
                                    "Weigh classes by 1 / frequency in the training part"),
    optimisation<&C::l2>("l2", "Factor of a sum of squares in the loss (not a decay); 0: none")
        .at_least(0),
    optimisation<&C::l2_on>("l2_on", "Parameters in that sum, by name: \"block*.conv.weight\"")
        .not_searched(),
    optimisation<&C::clip>("clip", "Largest gradient norm; 0: no clipping").at_least(0),
    setting<&C::seed>("seed", "Of initial weights, shuffling and dropout")
        .of(Role::job)
        .not_searched(),
    retired_setting("kernel"),  // the machine's choice, which is a fact of a run
    protocol_setting(),
    setting<&C::folds>("folds", "Folds to make of the corpus; 0: as the protocol says")
        .in(kProtocol)
        .at_least(0)
        .not_searched(),
    setting<&C::fold_seed>("fold_seed", "random: of the dealing").in(kProtocol).not_searched(),
    optimisation<&C::check_finite>("check_finite", "Stop at the first NaN or infinity")
        .of(Role::job)
        .not_searched()};

// Rows that a program registers have own settings with other names.
[[maybe_unused]] const bool kept = keep_setting_names("every training", kTable);

}  // namespace

SettingTable settings_of(const TrainConfig&) { return kTable; }

TrainConfig& TrainConfig::set(std::string_view name, const Json& value) {
  ConfigSettings settings(*this);
  const Setting* row = settings.find(name);
  check_usage(row != nullptr, kAt, "has no setting \"", name, "\"; ", settings.own_names());
  try {
    settings.set(*row, value);
  } catch (const JsonError&) {
    fail_usage(kAt, "expects ", name, " to be ", row->expected(), ", got ", row->shown(value));
  }
  return *this;
}

void TrainConfig::validate() const {
  check_settings(*this, kAt);
  TrainConfig filled = *this;
  ConfigSettings(filled).check_ranges(kAt);
  check_usage(std::has_single_bit(static_cast<unsigned>(shards)), kAt,
              "shards expects a power of two, got ", shards, "; expected ",
              std::bit_floor(static_cast<unsigned>(shards)), " or ",
              std::bit_ceil(static_cast<unsigned>(shards)));
  check_usage(shards <= batch_size, kAt, "shards expects at most the batch_size of ", batch_size,
              ", got ", shards);
  check_usage(!nesterov || momentum > 0, kAt, "nesterov expects a momentum > 0");
  check_usage(l2 > 0 || l2_on == TrainConfig().l2_on, kAt, "l2_on expects l2 > 0");
  task();
  if (!trimmed(labels).empty()) parse_label_map(labels);
  const Protocol* rules = search_protocol(protocol);
  check_usage(
      standardise || rules == nullptr || rules->rules.statistics != ProtocolRules::Statistics::all,
      kAt, protocol, " is about the features' mean and deviation; expected standardise, or ",
      "another protocol");
  optimizer_settings().validate();
  learning_rate().validate();
}

ModelSpec TrainConfig::model_spec(int input, std::vector<Head> its_heads) const {
  TrainConfig filled = *this;
  const ConfigSettings settings(filled);
  ModelSpec spec = sonant::model_spec(model, input);
  spec.settings = filled.model_own;
  spec.heads = std::move(its_heads);
  return spec;
}

OptimizerSettings TrainConfig::optimizer_settings() const {
  OptimizerSettings s;
  s.name = optimizer;
  s.lr = lr;
  s.weight_decay = weight_decay;
  s.momentum = momentum;
  s.nesterov = nesterov;
  s.beta1 = beta1;
  s.beta2 = beta2;
  s.epsilon = epsilon;
  s.groups = parse_parameter_groups(groups);
  s.own = optimizer_own;
  return s;
}

Task TrainConfig::task() const {
  LossSettings s;
  s.name = loss;
  s.label_smoothing = label_smoothing;
  s.gamma = gamma;
  s.own = loss_own;
  return parse_task(heads.empty() ? find_family(sonant::model_spec(model).family).heads() : heads,
                    watch, s, class_weights);
}

Schedule TrainConfig::learning_rate() const {
  const int first = cycles > 0 ? std::max(epochs / cycles, 1) : t0;
  Schedule s;
  s.name = schedule;
  s.lr = lr;
  s.eta_min = lr * eta_min_ratio;
  s.t0 = first;
  s.t_mult = t_mult;
  s.factor = factor;
  s.step_size = step_size;
  s.patience = plateau;
  s.min_delta = min_delta;
  s.warmup = warmup;
  s.own = schedule_own;
  return s;
}

ProtocolSettings TrainConfig::protocol_settings() const {
  return {.folds = folds, .seed = fold_seed};
}

Json with_protocol(Json keys) {
  using Words = std::array<std::string, 3>;  // of former_rules
  const std::array<Words, 4> rules{{{"masked", "train", "validation"},
                                    {"paper", "paper", "validation"},
                                    {"paper", "paper", "test"},
                                    {"paper", "paper", "test-alone"}}};  // of former_protocols
  const auto has = [&](std::string_view rule) { return keys.contains(rule); };
  if (std::ranges::none_of(former_rules, has)) return keys;
  std::string name = keys.contains("protocol") ? keys.at("protocol").get<std::string>() : "strict";
  const auto base = std::ranges::find(former_protocols, name) - former_protocols.begin();
  Words words = rules[static_cast<std::size_t>(base) % rules.size()];
  std::string list = base < std::ssize(rules) ? "" : name;
  for (std::size_t k = 0; k < words.size(); ++k) {
    if (has(former_rules[k])) keys.at(former_rules[k]).get_to(words[k]);
    keys.erase(former_rules[k]);
    list += (list.empty() ? "" : ", ") + std::string(former_rules[k]) + " " + words[k];
  }
  const auto row = std::ranges::find(rules, words) - rules.begin();
  const bool known = base < std::ssize(rules) && row < std::ssize(rules);
  keys["protocol"] = known ? std::string(former_protocols[static_cast<std::size_t>(row)]) : list;
  return keys;
}

}  // namespace sonant

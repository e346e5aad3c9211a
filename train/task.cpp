#include <sonant/train/task.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>

#include <sonant/core/ops/shaping.h>
#include <sonant/core/ops/weighted_sum.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "heads";

Objective parse_objective(std::string_view text, const LossSettings& usual, bool balanced) {
  std::istringstream words{std::string(text)};
  std::string word, more;
  words >> word;
  const std::size_t colon = word.find(':');
  Objective o{.head = word.substr(0, colon), .loss = usual};
  o.column = colon != word.npos ? word.substr(colon + 1) : o.head == "emotion" ? "" : o.head;
  bool ok = !o.head.empty() && (colon == word.npos || !o.column.empty());
  bool weighed = false;
  for (int k = 0; words >> more; ++k) {
    std::istringstream number(more);
    const bool weight = number >> o.weight && number.eof();
    ok = ok && k < 2 && !weighed && (weight || k == 0);
    weighed = weight;
    if (weight) continue;
    o.weight = 1;
    if (more != usual.name) o.loss.own = {};  // of another row
    o.loss.name = more;
  }
  check_usage(ok, kAt, "expects HEAD[:COLUMN] [LOSS] [WEIGHT], as \"valence concordance 0.5\", ",
              "got \"", trimmed(text), "\"");
  o.balanced = balanced && o.of_classes();
  return o;
}

// w_c = n / (C n_c): a class weighs as much as the average one. Absent classes weigh nothing.
PoolVector<double> balanced_weights(const Target& target, std::span<const int> clips) {
  PoolVector<double> counts(target.class_names.size(), 0.0);
  double all = 0;
  for (int i : clips) {
    const int label = target.labels[static_cast<std::size_t>(i)];
    if (label < 0) continue;
    ++counts[static_cast<std::size_t>(label)];
    ++all;
  }
  const double average = all / static_cast<double>(counts.size());
  for (double& n : counts) n = n > 0 ? average / n : 0;
  return counts;
}

}  // namespace

void Task::validate() const {
  std::set<std::string> names;
  double sum = 0;
  for (const Objective& o : objectives) {
    check_usage(names.insert(o.head).second, kAt, "the head ", o.head, " is there twice");
    check_usage(std::isfinite(o.weight) && o.weight >= 0, kAt, o.head,
                ": expects a weight >= 0, got ", o.weight);
    o.loss.validate();
    check_usage(!o.column.empty() || o.of_classes(), kAt, o.head, ": the loss ", o.loss.name,
                " is of numbers, labels are classes; expected a column, as in \"valence ",
                o.loss.name, "\", or another loss");
    sum += o.weight;
  }
  check_usage(sum > 0, kAt, "expects at least one head with a weight above 0");
  check_usage(watched < objectives.size(), kAt, "expects one of ", objectives.size(),
              " heads to be watched, got ", watched);
}

std::vector<std::string> Task::columns() const {
  std::vector<std::string> names;
  for (const Objective& o : objectives)
    if (!o.column.empty()) names.push_back(o.column);
  return names;
}

Task parse_task(std::string_view heads, std::string_view watch, const LossSettings& usual,
                bool balanced) {
  Task task{.objectives = {}};
  if (trimmed(heads).empty()) heads = "emotion";
  while (true) {
    const std::size_t comma = std::min(heads.find(','), heads.size());
    task.objectives.push_back(parse_objective(heads.substr(0, comma), usual, balanced));
    if (comma == heads.size()) break;
    heads.remove_prefix(comma + 1);
  }
  if (!watch.empty()) {
    const auto found = std::ranges::find(task.objectives, watch, &Objective::head);
    check_usage(found != task.objectives.end(), "watch", "expects a head from ",
                joined(task.objectives, ", ", &Objective::head), ", got \"", watch, "\"");
    task.watched = static_cast<std::size_t>(found - task.objectives.begin());
  }
  task.validate();
  return task;
}

std::vector<Target> targets_of(const Task& task, const Corpus& corpus) {
  std::vector<Target> all;
  for (const Objective& o : task.objectives)
    all.push_back(target(corpus, o.column.empty() ? corpus.target : o.column,
                         o.of_classes() ? TargetKind::classes : TargetKind::numbers,
                         Missing::allowed));
  return all;
}

std::vector<Head> heads_of(const Task& task, std::span<const Target> targets) {
  std::vector<Head> heads;
  for (std::size_t k = 0; k < task.objectives.size(); ++k) {
    const Objective& o = task.objectives[k];
    heads.push_back({o.head, o.of_classes() ? static_cast<int>(targets[k].class_names.size()) : 1});
  }
  return heads;
}

Task task_of(const std::vector<HeadLabels>& labels, const Task& trained) {
  Task task{.objectives = {}};
  for (const HeadLabels& head : labels) {
    const auto found = std::ranges::find(trained.objectives, head.head, &Objective::head);
    Objective& o = task.objectives.emplace_back();
    if (found != trained.objectives.end()) {
      o = *found;
      continue;
    }
    o.head = head.head;
    o.column = head.head == "emotion" ? "" : head.head;
    if (head.class_names.empty()) o.loss.name = "mean-squared-error";
  }
  return task;
}

TaskLoss::TaskLoss(const Task& task, std::vector<Target> targets, std::span<const int> train)
    : targets_(std::move(targets)) {
  task.validate();
  for (std::size_t k = 0; k < task.objectives.size(); ++k) {
    const Objective& o = task.objectives[k];
    LossSettings loss = o.loss;
    if (o.balanced) loss.class_weights = balanced_weights(targets_[k], train);
    parts_.push_back({o.head, o.weight, find_loss(loss.name).at_least, Loss(std::move(loss))});
  }
}

template <Real T>
Var<T> TaskLoss::operator()(const ModelOutput<T>& output, std::span<const int> clips,
                            std::span<double> each) const {
  PoolVector<Var<T>> losses;
  PoolVector<double> weights;
  PoolVector<int> rows, classes;
  PoolVector<double> numbers;
  for (std::size_t k = 0; k < parts_.size(); ++k) {
    const Part& part = parts_[k];
    rows.clear(), classes.clear(), numbers.clear();
    for (std::size_t b = 0; b < clips.size(); ++b) {
      const auto clip = static_cast<std::size_t>(clips[b]);
      if (!targets_[k].known(clip)) continue;
      rows.push_back(static_cast<int>(b));
      if (targets_[k].numbers.empty())
        classes.push_back(targets_[k].labels[clip]);
      else
        numbers.push_back(targets_[k].numbers[clip]);
    }
    each[k] = std::numeric_limits<double>::quiet_NaN();
    if (std::ssize(rows) < part.at_least) continue;
    Var<T> head = output.head(part.head);
    if (rows.size() < clips.size()) head = gather(head, 0, std::span<const int>(rows));
    const Var<T> loss = part.loss(head, {.classes = classes, .numbers = numbers});
    each[k] = static_cast<double>(loss.value().item());
    if (part.weight == 0) continue;
    losses.push_back(loss);
    weights.push_back(part.weight);
  }
  if (losses.empty()) return {};
  if (losses.size() == 1 && weights[0] == 1) return losses[0];
  return weighted_sum<T>(losses, weights);
}

template Var<float> TaskLoss::operator()(const ModelOutput<float>&, std::span<const int>,
                                         std::span<double>) const;
template Var<double> TaskLoss::operator()(const ModelOutput<double>&, std::span<const int>,
                                          std::span<double>) const;

}  // namespace sonant

#include <sonant/train/evaluate.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <sonant/core/error.h>
#include <sonant/nn/class_scores.h>
#include <sonant/train/batch.h>
#include <sonant/train/read_ahead.h>

namespace sonant {
namespace {

// A clip's answer of one head.
FilePrediction answer(const Target& target, std::size_t clip, const Tensor<float>& scores, int b) {
  FilePrediction p;
  if (target.numbers.empty()) {
    p.label = target.labels[clip];
    p.predicted = predicted_class(scores, b);
    p.probabilities = class_probabilities(scores, b);
  } else {
    p.truth = target.numbers[clip];
    p.number = static_cast<double>(scores[b]);
  }
  return p;
}

// What a head is judged by, of all of its answers.
void sum_up(Evaluation& e, const Objective& objective) {
  const auto n = std::ssize(e.predictions);
  if (e.of_classes) {
    ConfusionMatrix confusion(static_cast<int>(e.class_names.size()));
    for (const FilePrediction& p : e.predictions) {
      confusion.add(p.label, p.predicted);
      e.loss -= std::log(p.probabilities[static_cast<std::size_t>(p.label)]);
    }
    if (n > 0) e.loss /= static_cast<double>(n);
    e.metrics = compute_metrics(confusion);
    return;
  }
  NumberPairs pairs;
  Tensor<float> answers({n, 1});
  std::vector<double> numbers;
  for (const FilePrediction& p : e.predictions) {
    answers[std::ssize(numbers)] = static_cast<float>(p.number);
    numbers.push_back(p.truth);
    pairs.add(p.truth, p.number);
  }
  e.numbers = compute_metrics(pairs);
  e.loss = std::numeric_limits<double>::quiet_NaN();
  if (n < find_loss(objective.loss.name).at_least) return;
  Tape<float> tape(TapeMode::inference);
  e.loss = static_cast<double>(
      compute_loss<float>(objective.loss, tape.constant(std::move(answers)), {.numbers = numbers})
          .value()
          .item());
}

}  // namespace

std::vector<const Evaluation*> Evaluation::all() const {
  std::vector<const Evaluation*> list{this};
  for (const Evaluation& other : others) list.push_back(&other);
  return list;
}

Evaluation evaluate(Model<float>& model, const DataView& view, std::span<const int> clips,
                    int batch_size, const Task& task, std::span<const Target> given) {
  const EvalMode mode(model);
  const Corpus& corpus = view.data().corpus;
  std::vector<Target> made;
  if (given.empty()) given = made = targets_of(task, corpus);
  std::vector<Evaluation> heads;
  for (std::size_t k = 0; k < task.objectives.size(); ++k)
    heads.push_back({.head = task.objectives[k].head,
                     .of_classes = task.objectives[k].of_classes(),
                     .class_names = given[k].class_names});
  const auto batches = ordered_batches(clips, batch_size);
  ReadAhead ahead(view.data(), batches);
  for (std::size_t next = 0; next < batches.size(); ++next) {
    ahead.before(next);
    const std::vector<int>& chosen = batches[next];
    Batch batch = make_batch(view, chosen);
    Tape<float> tape(TapeMode::inference);
    const auto output = model({tape.constant(std::move(batch.data)), batch.layout});
    std::vector<int> row_of(chosen.size());
    for (int b = 0; b < batch.layout->batch(); ++b)
      row_of[static_cast<std::size_t>(batch.chosen[static_cast<std::size_t>(b)])] = b;
    for (std::size_t k = 0; k < heads.size(); ++k) {
      const Tensor<float>& scores = output.head(heads[k].head).value();
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        const auto clip = static_cast<std::size_t>(chosen[i]);
        if (!given[k].known(clip)) continue;
        heads[k].predictions.push_back(answer(given[k], clip, scores, row_of[i]));
        heads[k].predictions.back().file = corpus.clips[clip].path.native();
      }
    }
  }
  for (std::size_t k = 0; k < heads.size(); ++k) sum_up(heads[k], task.objectives[k]);
  Evaluation result = std::move(heads[task.watched]);
  heads.erase(heads.begin() + static_cast<std::ptrdiff_t>(task.watched));
  result.others = std::move(heads);
  return result;
}

double weighted_loss(const Evaluation& evaluation, const Task& task) {
  double sum = 0;
  for (const Evaluation* head : evaluation.all())
    for (const Objective& o : task.objectives)
      if (o.head == head->head && o.weight > 0) sum += o.weight * head->loss;
  return sum;
}

Evaluation among(const Evaluation& evaluation, std::span<const int> classes) {
  Evaluation result{.head = evaluation.head};
  for (const int c : classes)
    result.class_names.push_back(evaluation.class_names.at(static_cast<std::size_t>(c)));
  ConfusionMatrix confusion(static_cast<int>(classes.size()));
  double loss = 0;
  for (const FilePrediction& p : evaluation.predictions) {
    const auto label = std::ranges::find(classes, p.label) - classes.begin();
    check(label < std::ssize(classes), "among", p.file, ": its class ", p.label,
          " is none of those that are judged");
    FilePrediction chosen{p.file, static_cast<int>(label), 0, {}};
    double sum = 0;
    for (const int c : classes) sum += p.probabilities.at(static_cast<std::size_t>(c));
    for (const int c : classes)
      chosen.probabilities.push_back(p.probabilities[static_cast<std::size_t>(c)] / sum);
    chosen.predicted = static_cast<int>(std::ranges::max_element(chosen.probabilities) -
                                        chosen.probabilities.begin());
    confusion.add(chosen.label, chosen.predicted);
    loss -= std::log(chosen.probabilities[static_cast<std::size_t>(label)]);
    result.predictions.push_back(std::move(chosen));
  }
  result.metrics = compute_metrics(confusion);
  if (!evaluation.predictions.empty())
    result.loss = loss / static_cast<double>(evaluation.predictions.size());
  return result;
}

}  // namespace sonant

#include <sonant/train/evaluate.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <sonant/core/error.h>
#include <sonant/core/parallel.h>
#include <sonant/core/text.h>
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

// [heads], (clips,outputs): row i is clips[i].
using Scores = std::vector<Tensor<float>>;

// Those of all ranks, of whom each has computed the batches of a range of the clips.
void collect_scores(Scores& scores, std::span<const int> clips_of_rank, Communicator& ranks) {
  const auto rank = static_cast<std::size_t>(ranks.rank());
  for (Tensor<float>& of_head : scores) {
    std::vector<int> counts;
    std::int64_t before = 0;
    for (std::size_t r = 0; r < clips_of_rank.size(); ++r) {
      counts.push_back(clips_of_rank[r] * static_cast<int>(of_head.dim(1)));
      if (r < rank) before += counts.back();
    }
    const auto own = of_head.span().subspan(static_cast<std::size_t>(before),
                                            static_cast<std::size_t>(counts[rank]));
    const std::vector<double> mine(own.begin(), own.end());
    std::vector<double> all(static_cast<std::size_t>(of_head.size()));
    ranks.gather(mine, counts, all);
    std::ranges::transform(all, of_head.span().begin(),
                           [](double score) { return static_cast<float>(score); });
  }
}

Scores scores_of(Model<float>& model, const DataView& view, std::span<const int> clips,
                 int batch_size, const Task& task, Communicator* ranks) {
  Scores scores;
  for (const Objective& o : task.objectives)
    for (const Head& head : model.spec().heads)
      if (head.name == o.head) scores.emplace_back(Shape{std::ssize(clips), head.outputs});
  check(scores.size() == task.objectives.size(), "evaluate", "expects a ", model.spec().family,
        " model with the heads ", joined(task.objectives, ", ", &Objective::head));
  const auto batches = ordered_batches(clips, batch_size);
  const int of = ranks ? ranks->size() : 1;
  std::vector<int> clips_of_rank;
  std::int64_t first = 0;  // row of a batch
  for (int r = 0; r < of; ++r) {
    const std::int64_t begin = first;
    const Range range = shard_range(std::ssize(batches), of, r);
    const bool own = !ranks || r == ranks->rank();
    const auto theirs = std::span(batches).subspan(
        static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.end - range.begin));
    ReadAhead ahead(view.data(), own ? theirs : theirs.first(0));
    for (auto k = range.begin; k < range.end; ++k) {
      const auto& chosen = batches[static_cast<std::size_t>(k)];
      const std::int64_t row = std::exchange(first, first + std::ssize(chosen));
      if (!own) continue;
      ahead.before(static_cast<std::size_t>(k - range.begin));
      Batch batch = make_batch(view, chosen);
      Tape<float> tape(TapeMode::inference);
      const auto output = model({tape.constant(std::move(batch.data)), batch.layout});
      for (std::size_t h = 0; h < scores.size(); ++h) {
        const Tensor<float>& given = output.head(task.objectives[h].head).value();
        const std::int64_t width = given.dim(1);
        for (std::int64_t b = 0; b < given.dim(0); ++b)
          std::copy_n(given.data() + b * width, width,
                      scores[h].data() + (row + batch.chosen[static_cast<std::size_t>(b)]) * width);
      }
    }
    clips_of_rank.push_back(static_cast<int>(first - begin));
  }
  if (of > 1) collect_scores(scores, clips_of_rank, *ranks);
  return scores;
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
                    int batch_size, const Task& task, std::span<const Target> given,
                    Communicator* ranks) {
  const EvalMode mode(model);
  const Corpus& corpus = view.data().corpus;
  std::vector<Target> made;
  if (given.empty()) given = made = targets_of(task, corpus);
  std::vector<Evaluation> heads;
  for (std::size_t k = 0; k < task.objectives.size(); ++k)
    heads.push_back({.head = task.objectives[k].head,
                     .of_classes = task.objectives[k].of_classes(),
                     .class_names = given[k].class_names});
  const Scores scores = scores_of(model, view, clips, batch_size, task, ranks);
  for (std::size_t k = 0; k < heads.size(); ++k) {
    for (std::size_t i = 0; i < clips.size(); ++i) {
      const auto clip = static_cast<std::size_t>(clips[i]);
      if (!given[k].known(clip)) continue;
      heads[k].predictions.push_back(answer(given[k], clip, scores[k], static_cast<int>(i)));
      heads[k].predictions.back().file = corpus.clips[clip].path.native();
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

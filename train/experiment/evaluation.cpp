#include <sonant/train/experiment/evaluation.h>

#include <algorithm>
#include <numeric>

#include <sonant/core/text.h>
#include <sonant/core/usage.h>
#include <sonant/nn/class_scores.h>
#include <sonant/train/evaluate.h>
#include <sonant/train/experiment/training_facts.h>

namespace sonant {
namespace {

constexpr const char* kAt = "run_evaluation";

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

// A model judged on voices it has heard looks better than it is.
void note_heard_speakers(JudgedPart& judged, const DataFacts& own, const Callbacks& callbacks) {
  std::string heard;
  const auto common = [&](const std::vector<std::string>& part, std::vector<std::string>& known) {
    for (const std::string& speaker : judged.speakers) {
      if (!has(part, speaker)) continue;
      if (!has(judged.trained_on, speaker)) heard += ' ' + speaker;  // of both parts: once
      known.push_back(speaker);
    }
  };
  common(own.train.speakers, judged.trained_on);
  common(own.choose.speakers, judged.chosen_by);
  if (!heard.empty() && callbacks.note)
    callbacks.note("the model was trained or chosen on speakers it is judged on here:" + heard);
}

// The part that is judged, of the model's protocol or all. What is not said is filled in.
Corpus judged_clips(Corpus corpus, const TrainingFacts& facts, const EvaluateOptions& options,
                    JudgedPart& judged) {
  judged.corpus = corpus.name;
  judged.of_files = std::ssize(corpus.clips);
  judged.model_corpus = facts.data.corpus;
  const bool own = facts.data.corpus == corpus.name;
  judged.part = options.part.value_or(own ? CorpusPart::test : CorpusPart::all);
  const bool all = judged.part == CorpusPart::all;
  check_usage(own || (all && !options.fold), kAt, corpus.name, " is another corpus than ",
              facts.data.corpus.empty() ? "the model's, which it does not name" : facts.data.corpus,
              ", which the model learnt from, and is judged whole; expected no fold and no part");
  check_usage(!all || !options.fold, kAt,
              "the part all is the whole corpus, a fold a part of it; expected one of them");
  if (own) {
    judged.protocol = facts.data.protocol;
    judged.leaks = facts.data.leaks;
  }
  if (all) return corpus;
  const ProtocolSettings settings = facts.config.protocol_settings();
  const Protocol& protocol = protocol_for(corpus, facts.config.protocol);
  judged.fold = options.fold.value_or(0);
  judged.folds = split_count(protocol, corpus, settings);
  const Split split = make_split(protocol, corpus, settings, judged.fold);
  judged.split = split.name;
  return select_clips(corpus, judged.part == CorpusPart::test     ? split.test
                              : judged.part == CorpusPart::choose ? split.choose
                                                                  : split.train);
}

// The label set that is named alone, or "".
std::string label_set_of(const Corpus& corpus, const LabelMap& labels) {
  if (labels.size() != 1 || labels.front().first != labels.front().second) return "";
  const std::string& name = labels.front().first;
  const bool is_set = std::ranges::count(corpus.label_sets, name, &LabelSet::name) > 0;
  return is_set && !has(corpus.class_names, name) ? name : "";
}

// The corpus with the model's classes, and of these the ones that are judged.
Corpus with_classes_of(const SpeechModel& model, Corpus corpus, const EvaluateOptions& options,
                       JudgedPart& judged) {
  for (const std::string& name : options.classes) {
    check_usage(has(model.class_names, name), kAt, "the model has no class \"", name,
                "\"; expected some of ", joined(model.class_names));
    check_usage(std::ranges::count(options.classes, name) == 1, kAt,
                "expects each class once, got ", joined(options.classes));
  }
  check_usage(options.classes.size() != 1, kAt, "expects at least two classes to tell apart, got ",
              joined(options.classes));
  judged.labels = options.labels;
  judged.classes = options.classes;
  LabelMap map = options.labels;
  for (const std::string& name : corpus.class_names)
    if (options.labels.empty()) map.emplace_back(name, name);
  for (const auto& [from, to] : map)
    check(has(model.class_names, to), kAt, corpus.name, ": ",
          from == to ? "its class \"" + from + "\"" : "\"" + from + "=" + to + "\"",
          " is none of the model's; expected labels of ", joined(model.class_names),
          ", or --labels ", from, "=..., which leaves out what it does not name");
  if (!options.classes.empty())
    std::erase_if(map, [&](const auto& pair) { return !has(options.classes, pair.second); });
  check(!map.empty(), kAt, corpus.name, ": has none of the classes ", joined(options.classes));
  const auto files = std::ssize(corpus.clips);
  Corpus judged_ones = relabel(std::move(corpus), map, model.class_names);
  judged.other_classes = files - std::ssize(judged_ones.clips);
  return judged_ones;
}

}  // namespace

EvaluateResult run_evaluation(const SpeechModel& model, const EvaluateOptions& given,
                              const Callbacks& callbacks) {
  const TrainingFacts facts = facts_from_json(model.facts, "model");
  EvaluateResult result;
  JudgedPart& judged = result.judged;
  Source source = open_source(given.data);
  Corpus& corpus = source.corpus;
  if (corpus.name == facts.data.corpus)  // as it was learnt from, or its parts would be others
    corpus = with_labels(std::move(corpus), facts.config.labels, AbsentClass::left_out);
  EvaluateOptions options = given;
  if (const std::string set = label_set_of(corpus, options.labels); !set.empty()) {
    corpus = with_labels(std::move(corpus), set);
    options.labels.clear();
  }
  if (callbacks.opened) callbacks.opened(corpus);
  corpus = judged_clips(std::move(corpus), facts, options, judged);
  const Task trained = task_of(model.labels(), facts.config.task());
  const Objective& main = trained.objectives.front();
  const bool labels = main.of_classes() && main.column.empty();
  check_usage(
      labels || (options.labels.empty() && options.classes.empty()), kAt, "labels and classes ",
      "are of a model whose main head is of the corpus' labels; expected none for ", main.head);
  if (labels) corpus = with_classes_of(model, std::move(corpus), options, judged);
  const Task task = judged_task(model, trained, corpus, callbacks);
  Dataset data = load_dataset(std::move(source),
                              {.features = model.features,
                               .sample_rate = model.sample_rate,
                               .columns = task.columns(),
                               .on_bad_file = options.on_bad_file,
                               .cache = options.cache},
                              callbacks);
  check(!data.interrupted, kAt, "stopped while the features were computed");
  std::vector<int> everything(static_cast<std::size_t>(data.clips()));
  std::iota(everything.begin(), everything.end(), 0);
  judged.files = std::ssize(everything);
  judged.bad_files = std::ssize(data.corpus.bad);
  judged.speakers = speakers_of(data.corpus, everything);
  if (judged.corpus == judged.model_corpus) note_heard_speakers(judged, facts.data, callbacks);
  result.evaluation =
      evaluate(*model.classifier, DataView(data, model.normaliser), everything,
               facts.config.batch_size, task, judged_targets(model, task, data.corpus));
  for (const Evaluation* head : result.evaluation.all())
    for (const FilePrediction& p : head->predictions)
      check_answer(head->of_classes ? std::span(p.probabilities) : std::span(&p.number, 1), p.file);
  if (!options.classes.empty()) {
    std::vector<int> kept;
    for (const std::string& name : options.classes)
      kept.push_back(
          static_cast<int>(std::ranges::find(model.class_names, name) - model.class_names.begin()));
    result.evaluation = among(result.evaluation, kept);
  }
  return result;
}

}  // namespace sonant

#include <sonant/train/result.h>

#include <cmath>

#include <sonant/core/kernels/gemm.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/parallel.h>
#include <sonant/core/text.h>
#include <sonant/core/version.h>
#include <sonant/train/json_body.h>
#include <sonant/train/judged.h>

namespace sonant {
namespace {

constexpr int kFormat = 1;  // raised when a reader of the old schema would go wrong

Json part_json(const PartFacts& part) {
  Json json = {{"files", part.files}, {"speakers", part.speakers}};
  if (!part.clips.empty()) json["clips"] = part.clips;
  return json;
}

PartFacts part_from(const Json& json) {
  PartFacts part{json.at("files"), json.at("speakers")};
  if (json.contains("clips")) json.at("clips").get_to(part.clips);
  return part;
}

// Of a result of version 0.1, which does not say it, and of which `protocol` may be no row any
// more: with_protocol().
void protocol_from_config(DataFacts& data, const TrainConfig& config) {
  data.protocol = config.protocol;
  if (config.protocol == "usual")
    data.protocol = data.split.starts_with("split column") || data.split.starts_with("1 split")
                        ? "column-split"
                        : "speaker-folds";
  const auto says = [&](const char* rule) {
    return config.protocol.find(rule) != std::string::npos;
  };
  if (const Protocol* row = search_protocol(data.protocol)) {
    data.leaks = row->leaks;
    data.chooser = row->rules.chooser;
  } else if (says("choose_by test")) {
    data.leaks = find_protocol("oracle").leaks;
    data.chooser = Chooser::test;
  } else if (says("normalise paper")) {
    data.leaks = find_protocol("paper").leaks;
  }
}

// What was judged with classes: keys that files have had from the start.
void add_classes(Json& json, const Evaluation& e) {
  const Metrics& m = e.metrics;
  Json classes = Json::array(), predictions = Json::array();
  for (std::size_t c = 0; c < m.per_class.size(); ++c) {
    const ClassMetrics& k = m.per_class[c];
    classes.push_back({{"name", e.class_names.at(c)},
                       {"support", k.support},
                       {"recall", k.recall},
                       {"precision", k.precision},
                       {"f1", k.f1}});
  }
  for (const FilePrediction& p : e.predictions) {
    predictions.push_back({{"file", p.file},
                           {"label", e.class_names.at(static_cast<std::size_t>(p.label))},
                           {"predicted", e.class_names.at(static_cast<std::size_t>(p.predicted))},
                           {"probabilities", p.probabilities}});
  }
  json["uar"] = m.uar;
  json["accuracy"] = m.accuracy;
  json["macro_f1"] = m.macro_f1;
  json["loss"] = e.loss;
  json["count"] = m.count;
  json["class_names"] = e.class_names;
  json["per_class"] = classes;
  json["confusion"] = confusion_json(m.confusion);
  json["predictions"] = predictions;
}

void add_numbers(Json& json, const Evaluation& e) {
  const NumberMetrics& m = e.numbers;
  Json predictions = Json::array();
  for (const FilePrediction& p : e.predictions)
    predictions.push_back({{"file", p.file}, {"truth", p.truth}, {"number", p.number}});
  json["ccc"] = m.ccc;
  json["pearson"] = m.pearson;
  json["mse"] = m.mse;
  json["rmse"] = m.rmse;
  json["mae"] = m.mae;
  json["loss"] = e.loss;
  json["count"] = m.count;
  json["predictions"] = predictions;
}

// The head is named where that says something: not of one head with the usual name.
Json evaluation_json(const Evaluation& e, bool named = false) {
  Json json = Json::object(), others = Json::array();
  if (named || !e.of_classes || !e.others.empty() || (e.head != "emotion" && !e.head.empty()))
    json["head"] = e.head;
  e.of_classes ? add_classes(json, e) : add_numbers(json, e);
  for (const Evaluation& other : e.others) others.push_back(evaluation_json(other, true));
  if (!e.others.empty()) json["other_heads"] = others;
  return json;
}

int class_index(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  check(found != names.end(), "json", "expects one of the class names, got \"", name, "\"");
  return static_cast<int>(found - names.begin());
}

Evaluation evaluation_from(const Json& json) {
  Evaluation e;
  e.head = json.contains("head") ? json.at("head").get<std::string>() : "emotion";
  e.of_classes = json.contains("class_names");
  e.loss = number_from(json.at("loss"));
  if (e.of_classes) {
    json.at("class_names").get_to(e.class_names);
    e.metrics = compute_metrics(confusion_from(json.at("confusion")));
  }
  NumberPairs pairs;
  for (const Json& p : json.at("predictions")) {
    FilePrediction prediction{.file = p.at("file")};
    if (e.of_classes) {
      prediction.label = class_index(e.class_names, p.at("label"));
      prediction.predicted = class_index(e.class_names, p.at("predicted"));
      for (const Json& share : p.at("probabilities"))
        prediction.probabilities.push_back(number_from(share));
    } else {
      prediction.truth = p.at("truth");
      prediction.number = number_from(p.at("number"));
      pairs.add(prediction.truth, prediction.number);
    }
    e.predictions.push_back(std::move(prediction));
  }
  e.numbers = compute_metrics(pairs);
  if (json.contains("other_heads"))
    for (const Json& other : json.at("other_heads")) e.others.push_back(evaluation_from(other));
  return e;
}

RunResult run_from(const Json& json) {
  const int format = json.at("format");
  check(format == kFormat, "json", "expects format ", kFormat, ", got ", format);
  RunResult r;
  json.at("command").get_to(r.command);
  r.config = settings_from<TrainConfig>(json.at("config"));
  r.features = features_from(json.at("features"));
  json.at("parameters").get_to(r.parameters);
  r.data = data_from(json.at("data"), r.config);
  for (const Json& epoch : json.at("epochs")) r.epochs.push_back(epoch_from(epoch));
  json.at("best").at("epoch").get_to(r.best_epoch);
  const std::string figure = figure_key(watches_classes(r.config));
  r.best_choose_uar = number_from(at_now(json.at("best"), "choose_" + figure, "val_" + figure));
  json.at("weights_hash").get_to(r.weights_hash);
  r.test = evaluation_from(json.at("test"));
  json.at("timing").at("load_seconds").get_to(r.load_seconds);
  json.at("timing").at("train_seconds").get_to(r.train_seconds);
  json.at("timing").at("test_seconds").get_to(r.test_seconds);
  r.environment = environment_from(json.at("environment"));
  json.at("interrupted").get_to(r.interrupted);
  return r;
}

}  // namespace

std::vector<const Evaluation*> Evaluation::all() const {
  std::vector<const Evaluation*> list{this};
  for (const Evaluation& other : others) list.push_back(&other);
  return list;
}

const char* figure_name(bool of_classes) { return of_classes ? "UAR" : "CCC"; }
std::string figure_key(bool of_classes) { return of_classes ? "uar" : "ccc"; }

std::string json_text(const Json& json) { return json.dump(1) + "\n"; }

Json confusion_json(const ConfusionMatrix& confusion) {
  Json rows = Json::array();
  for (int label = 0; label < confusion.classes(); ++label) {
    Json row = Json::array();
    for (int c = 0; c < confusion.classes(); ++c) row.push_back(confusion(label, c));
    rows.push_back(row);
  }
  return rows;
}

ConfusionMatrix confusion_from(const Json& rows) {
  ConfusionMatrix confusion(static_cast<int>(rows.size()));
  for (std::size_t label = 0; label < rows.size(); ++label) {
    for (std::size_t c = 0; c < rows.size(); ++c) {
      confusion.add(static_cast<int>(label), static_cast<int>(c), rows.at(label).at(c));
    }
  }
  return confusion;
}

Json pairs_json(const NumberPairs& p) {
  return {p.count, p.mean_y, p.mean_x, p.yy, p.xx, p.xy, p.squares, p.distances};
}

NumberPairs pairs_from(const Json& json) {
  const auto at = [&](std::size_t k) { return number_from(json.at(k)); };
  return {json.at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)};
}

const Json& at_now(const Json& json, std::string_view key, std::string_view former) {
  return json.contains(former) ? json.at(former) : json.at(key);
}

double number_from(const Json& json) { return json.is_null() ? std::nan("") : json.get<double>(); }

Json data_json(const DataFacts& data) {
  Json rates = Json::object(), bad = Json::array();
  for (const auto& [hertz, files] : data.sample_rates) rates[std::to_string(hertz)] = files;
  for (const BadFile& file : data.bad) {
    bad.push_back({{"file", file.path.native()}, {"reason", file.reason}});
  }
  return {{"corpus", data.corpus},
          {"split", data.split},
          {"protocol", data.protocol},
          {"leaks", data.leaks},
          {"chosen_by", words_of(data.chooser)[static_cast<std::size_t>(data.chooser)]},
          {"fingerprint", data.fingerprint},
          {"files", data.files},
          {"frames", data.frames},
          {"sample_rates", rates},
          {"class_names", data.class_names},
          {"train", part_json(data.train)},
          {"choose", part_json(data.choose)},
          {"test", part_json(data.test)},
          {"bad_files", bad}};
}

DataFacts data_from(const Json& json, const TrainConfig& config) {
  DataFacts data;
  json.at("corpus").get_to(data.corpus);
  json.at("split").get_to(data.split);
  json.at("fingerprint").get_to(data.fingerprint);
  json.at("files").get_to(data.files);
  json.at("frames").get_to(data.frames);
  for (const auto& [hertz, files] : json.at("sample_rates").items()) {
    data.sample_rates[std::stoi(hertz)] = files;
  }
  json.at("class_names").get_to(data.class_names);
  data.train = part_from(json.at("train"));
  data.choose = part_from(at_now(json, "choose", "validation"));
  data.test = part_from(json.at("test"));
  if (json.contains("protocol")) {
    json.at("protocol").get_to(data.protocol);
    json.at("leaks").get_to(data.leaks);
    data.chooser = static_cast<Chooser>(
        index_of_word(words_in<Chooser>(), json.at("chosen_by").get<std::string>()));
  } else {
    protocol_from_config(data, config);
  }
  for (const Json& file : json.at("bad_files")) {
    data.bad.push_back({file.at("file").get<std::string>(), file.at("reason")});
  }
  return data;
}

Json environment_json(const Environment& e) {
  return {{"version", e.version}, {"build", e.build}, {"kernel", e.kernel},
          {"isa", e.isa},         {"blas", e.blas},   {"threads", e.threads}};
}

Environment environment_from(const Json& json) {
  return {json.at("version"), json.at("build"), json.at("kernel"),
          json.at("isa"),     json.at("blas"),  json.at("threads")};
}

Environment this_environment() {
  return {version(),
          build_info(),
          default_lstm_kernel(),
          isa_name(active_isa()),
          kernels::blas_core_name(),
          num_threads()};
}

std::string first_difference(const Environment& there, const Environment& here) {
  const auto differs = [](const char* what, const std::string& a, const std::string& b) {
    return a == b ? "" : std::string(what) + " " + a + " there, " + b + " here";
  };
  std::string remark = differs("instruction set", there.isa, here.isa);
  if (remark.empty()) remark = differs("LSTM kernel", there.kernel, here.kernel);
  if (remark.empty()) remark = differs("OpenBLAS core", there.blas, here.blas);
  if (remark.empty()) remark = differs("version", there.version, here.version);
  return remark;
}

std::string to_json(const RunResult& r) {
  Json epochs = Json::array();
  for (const EpochRecord& e : r.epochs) epochs.push_back(epoch_json(e));
  return json_text({{"format", kFormat},
                    {"command", r.command},
                    {"config", to_json(r.config)},
                    {"features", to_json(r.features)},
                    {"parameters", r.parameters},
                    {"data", data_json(r.data)},
                    {"epochs", epochs},
                    {"best",
                     {{"epoch", r.best_epoch},
                      {"choose_" + figure_key(watches_classes(r.config)), r.best_choose_uar},
                      {"chosen_by", choosing_part(r.data)}}},
                    {"weights_hash", r.weights_hash},
                    {"test", evaluation_json(r.test)},
                    {"timing",
                     {{"load_seconds", r.load_seconds},
                      {"train_seconds", r.train_seconds},
                      {"test_seconds", r.test_seconds}}},
                    {"environment", environment_json(r.environment)},
                    {"interrupted", r.interrupted}});
}

std::string to_json(const Evaluation& evaluation) { return json_text(evaluation_json(evaluation)); }

std::string to_json(const Evaluation& evaluation, const JudgedPart& judged) {
  Json json = evaluation_json(evaluation);
  Json& of =
      json["judged"] = {{"corpus", judged.corpus},
                        {"part", words_of(judged.part)[static_cast<std::size_t>(judged.part)]}};
  if (judged.folds > 0) {
    of["split"] = judged.split;
    of["fold"] = judged.fold;
    of["folds"] = judged.folds;
  }
  of["files"] = judged.files;
  of["of_files"] = judged.of_files;
  of["bad_files"] = judged.bad_files;
  of["speakers"] = judged.speakers;
  of["model_corpus"] = judged.model_corpus;
  of["trained_on"] = judged.trained_on;
  of["chosen_by"] = judged.chosen_by;
  of["protocol"] = judged.protocol;
  of["leaks"] = judged.leaks;
  of["labels"] = Json::object();
  for (const auto& [from, to] : judged.labels) of["labels"].append(from, to);
  of["classes"] = judged.classes.empty() ? evaluation.class_names : judged.classes;
  of["files_of_other_classes"] = judged.other_classes;
  return json_text(json);
}

RunResult result_from_json(std::string_view json, const std::string& where) {
  try {
    return run_from(Json::parse(json));
  } catch (const std::exception& error) {
    fail("result_from_json", where,
         ": expected the JSON result of `sonant train`, got: ", error.what());
  }
}

}  // namespace sonant

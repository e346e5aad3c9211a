// Evaluations in JSON: of results and of `sonant evaluate`.
#include <sonant/train/evaluate.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

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

int class_index(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  check(found != names.end(), "json", "expects one of the class names, got \"", name, "\"");
  return static_cast<int>(found - names.begin());
}

}  // namespace

// The head is named where that says something: not of one head with the usual name.
Json evaluation_json(const Evaluation& e, bool named) {
  Json json = Json::object();
  if (named || !e.of_classes || !e.others.empty() || (e.head != "emotion" && !e.head.empty()))
    json["head"] = e.head;
  e.of_classes ? add_classes(json, e) : add_numbers(json, e);
  if (!e.others.empty())
    json["other_heads"] =
        json_list(e.others, [](const Evaluation& other) { return evaluation_json(other, true); });
  return json;
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
      prediction.probabilities = list_from(p.at("probabilities"), number_from);
    } else {
      prediction.truth = p.at("truth");
      prediction.number = number_from(p.at("number"));
      pairs.add(prediction.truth, prediction.number);
    }
    e.predictions.push_back(std::move(prediction));
  }
  e.numbers = compute_metrics(pairs);
  if (json.contains("other_heads")) e.others = list_from(json.at("other_heads"), evaluation_from);
  return e;
}

std::string to_json(const Evaluation& evaluation) { return json_text(evaluation_json(evaluation)); }

}  // namespace sonant

#include <sonant/train/experiment/cross_validation.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

constexpr int kFormat = 1;

Json spread_json(const Spread& s) {
  return {{"mean", s.mean}, {"std", s.stddev}, {"min", s.min}, {"max", s.max}};
}

Spread spread_from(const Json& json) {
  return {json.at("mean"), json.at("std"), json.at("min"), json.at("max")};
}

Json head_json(const CvHead& head) {
  Json json = {{"head", head.head},
               {figure_key(head.of_classes), spread_json(spread_of(head.figures))},
               {"by_seed", head.figures}};
  if (head.of_classes) {
    json["class_names"] = head.class_names;
    json["confusion"] = confusion_json(head.confusion);
    return json;
  }
  json["seeds"] = json_list(head.pairs, [](const NumberPairs& p) -> Json {
    const NumberMetrics m = compute_metrics(p);
    return {{"pearson", m.pearson}, {"rmse", m.rmse}, {"mae", m.mae}, {"pairs", pairs_json(p)}};
  });
  return json;
}

CvHead head_from(const Json& json) {
  CvHead head{.head = json.at("head"), .of_classes = json.contains("uar")};
  head.figures = list_from(json.at("by_seed"), number_from);
  if (head.of_classes) {
    json.at("class_names").get_to(head.class_names);
    head.confusion = confusion_from(json.at("confusion"));
    return head;
  }
  head.pairs =
      list_from(json.at("seeds"), [](const Json& seed) { return pairs_from(seed.at("pairs")); });
  return head;
}

Json job_json(const CvJob& job, const std::string& figure) {
  return {{"fold", job.fold},
          {"seed", job.seed},
          {"best_epoch", job.best_epoch},
          {"choose_" + figure, job.choose_figure},
          {"test_" + figure, job.test_figure},
          {"seconds", job.seconds},
          {"weights_hash", job.weights_hash},
          {"epochs", json_list(job.epochs, epoch_json)}};
}

CvJob job_from(const Json& json, const std::string& figure) {
  return {json.at("fold"),
          json.at("seed"),
          json.at("best_epoch"),
          number_from(at_now(json, "choose_" + figure, "val_" + figure)),
          number_from(json.at("test_" + figure)),
          json.at("seconds"),
          json.at("weights_hash"),
          list_from(json.at("epochs"), epoch_from)};
}

// Of a head of numbers there is nothing by class.
Json number_seed_json(const CvSeed& seed, double ccc) {
  Json speakers = Json::array();
  for (const SpeakerCounts& s : seed.speakers)
    speakers.push_back({{"speaker", s.speaker}, {"pairs", pairs_json(s.pairs)}});
  return {{"seed", seed.seed},
          {"ccc", ccc},
          {"choose_ccc", seed.choose_figure},
          {"speakers", speakers}};
}

Json seed_json(const CvSeed& seed) {
  const auto speaker = [](const SpeakerCounts& s) -> Json {
    return {{"speaker", s.speaker}, {"confusion", confusion_json(s.counts)}};
  };
  return {{"seed", seed.seed},
          {"uar", seed.test.uar},
          {"accuracy", seed.test.accuracy},
          {"choose_uar", seed.choose_figure},
          {"confusion", confusion_json(seed.test.confusion)},
          {"speakers", json_list(seed.speakers, speaker)}};
}

CvSeed seed_from(const Json& json) {
  CvSeed seed{.seed = json.at("seed")};
  const bool classes = !json.contains("ccc");
  if (classes) {
    seed.test = compute_metrics(confusion_from(json.at("confusion")));
    seed.choose_figure = at_now(json, "choose_uar", "val_uar");
  } else {
    seed.choose_figure = number_from(json.at("choose_ccc"));
  }
  if (!json.contains("speakers")) return seed;
  for (const Json& s : json.at("speakers")) {
    SpeakerCounts& speaker = seed.speakers.emplace_back(SpeakerCounts{.speaker = s.at("speaker")});
    if (classes)
      speaker.counts = confusion_from(s.at("confusion"));
    else
      speaker.pairs = pairs_from(s.at("pairs"));
  }
  return seed;
}

CvResult result_from(const Json& json) {
  const int format = json.at("format");
  check(format == kFormat, "json", "expects format ", kFormat, ", got ", format);
  CvResult r;
  json.at("command").get_to(r.command);
  r.config = settings_from<TrainConfig>(json.at("config"));
  r.features = features_from(json.at("features"));
  json.at("parameters").get_to(r.parameters);
  r.data = data_facts_from(json.at("data"), r.config);
  const bool classes = watches_classes(r.config);
  const std::string figure = figure_key(classes);
  r.figure = spread_from(json.at(figure));
  r.choose_figure = spread_from(at_now(json, "choose_" + figure, "val_" + figure));
  if (classes) {
    r.accuracy = spread_from(json.at("accuracy"));
    r.confusion = confusion_from(json.at("confusion"));
  }
  if (json.contains("heads")) r.heads = list_from(json.at("heads"), head_from);
  r.seeds = list_from(json.at("seeds"), seed_from);
  r.jobs = list_from(json.at("jobs"), [&](const Json& job) { return job_from(job, figure); });
  json.at("cpu_seconds").get_to(r.cpu_seconds);
  if (json.contains("mixed_arithmetic")) json.at("mixed_arithmetic").get_to(r.mixed);
  // Files of before several processes shared an experiment have them, too.
  if (json.contains("seconds")) json.at("seconds").get_to(r.seconds);
  if (json.contains("resumed_jobs")) json.at("resumed_jobs").get_to(r.resumed_jobs);
  r.environment = environment_from(json.at("environment"));
  json.at("interrupted").get_to(r.interrupted);
  return r;
}

}  // namespace

std::string to_json(const CvResult& r, bool with_call) {
  Json seeds = Json::array();
  const bool classes = watches_classes(r.config);
  const std::string figure = figure_key(classes);
  for (std::size_t s = 0; s < r.seeds.size(); ++s)
    seeds.push_back(classes ? seed_json(r.seeds[s])
                            : number_seed_json(r.seeds[s], r.heads.at(0).figures.at(s)));
  Json json = {{"format", kFormat},           {"command", r.command},
               {"config", to_json(r.config)}, {"features", to_json(r.features)},
               {"protocol", r.data.protocol}, {"parameters", r.parameters},
               {"data", to_json(r.data)},     {figure, spread_json(r.figure)}};
  if (classes) json["accuracy"] = spread_json(r.accuracy);
  json["choose_" + figure] = spread_json(r.choose_figure);
  json["chosen_by"] = choosing_part(r.data);  // each job's epoch
  if (classes) json["confusion"] = confusion_json(r.confusion);
  if (!r.heads.empty()) json["heads"] = json_list(r.heads, head_json);
  json["seeds"] = seeds;
  json["jobs"] = json_list(r.jobs, [&](const CvJob& job) { return job_json(job, figure); });
  json["cpu_seconds"] = r.cpu_seconds;
  if (!r.mixed.empty()) json["mixed_arithmetic"] = r.mixed;
  if (with_call) {
    json["seconds"] = r.seconds;
    json["resumed_jobs"] = r.resumed_jobs;
  }
  json["environment"] = environment_json(r.environment);
  json["interrupted"] = r.interrupted;
  return json_text(json);
}

CvResult cv_from_json(std::string_view json, const std::string& where) {
  try {
    return result_from(Json::parse(json));
  } catch (const std::exception& error) {
    fail("cv_from_json", where, ": expected the JSON result of `sonant cv`, got: ", error.what());
  }
}

}  // namespace sonant

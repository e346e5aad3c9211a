#include <sonant/train/cross_validation.h>
#include <sonant/train/json_body.h>
#include <sonant/train/judged.h>

namespace sonant {
namespace {

constexpr int kFormat = 1;

Json spread_json(const Spread& s) {
  return {{"mean", s.mean}, {"std", s.stddev}, {"min", s.min}, {"max", s.max}};
}

Spread spread_from(const Json& json) {
  return {json.at("mean"), json.at("std"), json.at("min"), json.at("max")};
}

Json job_json(const CvJob& job) {
  Json epochs = Json::array();
  for (const EpochRecord& epoch : job.epochs) epochs.push_back(epoch_json(epoch));
  return {{"fold", job.fold},
          {"seed", job.seed},
          {"best_epoch", job.best_epoch},
          {"val_uar", job.val_uar},
          {"test_uar", job.test_uar},
          {"seconds", job.seconds},
          {"weights_hash", job.weights_hash},
          {"epochs", epochs}};
}

CvJob job_from(const Json& json) {
  CvJob job{json.at("fold"),     json.at("seed"),    json.at("best_epoch"),   json.at("val_uar"),
            json.at("test_uar"), json.at("seconds"), json.at("weights_hash"), {}};
  for (const Json& epoch : json.at("epochs")) job.epochs.push_back(epoch_from(epoch));
  return job;
}

Json seed_json(const CvSeed& seed) {
  Json speakers = Json::array();
  for (const SpeakerCounts& s : seed.speakers)
    speakers.push_back({{"speaker", s.speaker}, {"confusion", confusion_json(s.counts)}});
  return {{"seed", seed.seed},
          {"uar", seed.test.uar},
          {"accuracy", seed.test.accuracy},
          {"val_uar", seed.val_uar},
          {"confusion", confusion_json(seed.test.confusion)},
          {"speakers", speakers}};
}

CvSeed seed_from(const Json& json) {
  CvSeed seed{json.at("seed"), compute_metrics(confusion_from(json.at("confusion"))),
              json.at("val_uar")};
  if (!json.contains("speakers")) return seed;
  for (const Json& s : json.at("speakers"))
    seed.speakers.push_back({s.at("speaker"), confusion_from(s.at("confusion"))});
  return seed;
}

CvResult result_from(const Json& json) {
  const int format = json.at("format");
  check(format == kFormat, "json", "expects format ", kFormat, ", got ", format);
  CvResult r;
  json.at("command").get_to(r.command);
  r.config = settings_from<TrainConfig>(json.at("config"));
  r.features = features_from(json.at("features"));
  json.at("protocol").get_to(r.protocol);
  json.at("parameters").get_to(r.parameters);
  r.data = data_from(json.at("data"));
  r.uar = spread_from(json.at("uar"));
  r.accuracy = spread_from(json.at("accuracy"));
  r.val_uar = spread_from(json.at("val_uar"));
  r.confusion = confusion_from(json.at("confusion"));
  for (const Json& seed : json.at("seeds")) r.seeds.push_back(seed_from(seed));
  for (const Json& job : json.at("jobs")) r.jobs.push_back(job_from(job));
  json.at("seconds").get_to(r.seconds);
  json.at("cpu_seconds").get_to(r.cpu_seconds);
  json.at("resumed_jobs").get_to(r.resumed_jobs);
  r.environment = environment_from(json.at("environment"));
  json.at("interrupted").get_to(r.interrupted);
  return r;
}

}  // namespace

std::string to_json(const CvResult& r) {
  Json seeds = Json::array(), jobs = Json::array();
  for (const CvSeed& seed : r.seeds) seeds.push_back(seed_json(seed));
  for (const CvJob& job : r.jobs) jobs.push_back(job_json(job));
  return json_text({{"format", kFormat},
                    {"command", r.command},
                    {"config", to_json(r.config)},
                    {"features", to_json(r.features)},
                    {"protocol", r.protocol},
                    {"parameters", r.parameters},
                    {"data", data_json(r.data)},
                    {"uar", spread_json(r.uar)},
                    {"accuracy", spread_json(r.accuracy)},
                    {"val_uar", spread_json(r.val_uar)},
                    {"chosen_by", choosing_part(r.config) + " speakers"},  // each job's epoch
                    {"confusion", confusion_json(r.confusion)},
                    {"seeds", seeds},
                    {"jobs", jobs},
                    {"seconds", r.seconds},
                    {"cpu_seconds", r.cpu_seconds},
                    {"resumed_jobs", r.resumed_jobs},
                    {"environment", environment_json(r.environment)},
                    {"interrupted", r.interrupted}});
}

CvResult cv_from_json(std::string_view json, const std::string& where) {
  try {
    return result_from(Json::parse(json));
  } catch (const std::exception& error) {
    fail("cv_from_json", where, ": expected the JSON result of `sonant cv`, got: ", error.what());
  }
}

}  // namespace sonant

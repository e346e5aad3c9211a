#include <sonant/train/experiment/data_facts.h>

#include <sonant/train/dataset.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

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

}  // namespace

DataFacts data_facts(const Dataset& data, const Protocol& protocol, const std::string& split) {
  DataFacts facts;
  facts.corpus = data.corpus.name;
  facts.split = split;
  facts.protocol = protocol.name;
  facts.leaks = protocol.leaks;
  facts.chooser = protocol.rules.chooser;
  facts.fingerprint = data.fingerprint;
  facts.files = std::ssize(data.corpus.clips);
  facts.frames = data.frames();
  facts.sample_rates = data.sample_rates;
  facts.class_names = data.corpus.class_names;
  facts.bad = data.corpus.bad;
  return facts;
}

Json to_json(const DataFacts& data) {
  Json rates = Json::object();
  for (const auto& [hertz, files] : data.sample_rates) rates[std::to_string(hertz)] = files;
  const auto bad = [](const BadFile& file) -> Json {
    return {{"file", file.path.native()}, {"reason", file.reason}};
  };
  return {{"corpus", data.corpus},
          {"split", data.split},
          {"protocol", data.protocol},
          {"leaks", data.leaks},
          {"chosen_by", word_of(data.chooser)},
          {"fingerprint", data.fingerprint},
          {"files", data.files},
          {"frames", data.frames},
          {"sample_rates", rates},
          {"class_names", data.class_names},
          {"train", part_json(data.train)},
          {"choose", part_json(data.choose)},
          {"test", part_json(data.test)},
          {"bad_files", json_list(data.bad, bad)}};
}

DataFacts data_facts_from(const Json& json, const TrainConfig& config) {
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
    data.chooser = value_of_word<Chooser>(json.at("chosen_by"));
  } else {
    protocol_from_config(data, config);
  }
  data.bad = list_from(json.at("bad_files"), [](const Json& file) -> BadFile {
    return {file.at("file").get<std::string>(), file.at("reason")};
  });
  return data;
}

}  // namespace sonant

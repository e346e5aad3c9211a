// What a training was given: which corpus, who was in which part, and by which rules.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <sonant/audio/corpus.h>
#include <sonant/core/json.h>
#include <sonant/train/config.h>
#include <sonant/train/protocol.h>

namespace sonant {

struct Dataset;

struct PartFacts {
  std::int64_t files = 0;
  std::vector<std::string> speakers;
  std::vector<std::string> clips = {};  // names of the files; empty where they are not kept
};

struct DataFacts {
  std::string corpus;                 // "RAVDESS", "synthetic", ...
  std::string split;                  // Split::name
  std::string protocol = {};          // Protocol::name, of `usual` the one that it was
  std::string leaks = {};             // Protocol::leaks: has to be said with every figure
  Chooser chooser = Chooser::choose;  // the part whose figures picked the epoch
  std::string fingerprint;
  std::int64_t files = 0, frames = 0;
  std::map<int, std::size_t> sample_rates;  // Hz -> files
  std::vector<std::string> class_names;
  PartFacts train, choose, test;
  std::vector<BadFile> bad;
};

// Of the whole of `data`, with the parts empty.
DataFacts data_facts(const Dataset& data, const Protocol& protocol, const std::string& split);

Json to_json(const DataFacts& data);
// What to_json() wrote. config: of the run, for files of version 0.1, which do not say by which
// protocol.
DataFacts data_facts_from(const Json& json, const TrainConfig& config);

}  // namespace sonant

#include <sonant/train/cluster/same_run.h>

#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

#include <sonant/train/hash.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

constexpr const char* kAt = "ranks";

// Two builds of the same version may differ.
std::string program_hash() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  Hash hash;
  hash.add(std::string_view(bytes));
  return hash.hex();
}

Json facts_of(const TrainState& s) {
  Json facts = {
      {"host", host_name()},
      {"program", program_hash()},
      {"environment", environment_json(this_environment())},
      {"config", to_json(s.config)},
      {"features", to_json(s.features)},
      {"data", s.data_fingerprint},
      {"place", "epoch " + std::to_string(s.epoch + 1) + ", step " + std::to_string(s.step + 1)},
      {"weights", weights_hash(*s.model)}};
  return facts;
}

std::string differs(const char* what, const Json& there, const Json& here) {
  if (there == here) return "";
  return std::string(what) + ": " + there.get<std::string>() + " there, " +
         here.get<std::string>() + " here";
}

// "" if they are the same run.
std::string first_difference_of(const Json& there, const Json& here) {
  std::string found = first_difference(environment_from(there.at("environment")),
                                       environment_from(here.at("environment")));
  if (found.empty()) found = differs("build", there.at("program"), here.at("program"));
  if (found.empty())
    found = first_difference(settings_from<TrainConfig>(there.at("config")),
                             settings_from<TrainConfig>(here.at("config")));
  if (found.empty())
    found =
        first_difference(features_from(there.at("features")), features_from(here.at("features")));
  if (found.empty()) found = differs("the sounds' features", there.at("data"), here.at("data"));
  if (found.empty()) found = differs("the checkpoint", there.at("place"), here.at("place"));
  if (found.empty()) found = differs("the weights", there.at("weights"), here.at("weights"));
  return found;
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "an unknown host";
}

void check_same_run(Communicator& ranks, const TrainState& state) {
  const auto texts = ranks.gather_text(facts_of(state).dump());
  const Json here = Json::parse(texts[0]);
  for (std::size_t r = 1; r < texts.size(); ++r) {
    const Json there = Json::parse(texts[r]);
    const std::string difference = first_difference_of(there, here);
    check(difference.empty(), kAt, "rank ", r, " on ", there.at("host").get<std::string>(),
          " is of another run than rank 0 on ", here.at("host").get<std::string>(), ": ",
          difference, "; expected the same program, processors, command line and files everywhere");
  }
}

void check_same_weights(Communicator& ranks, const std::string& hash, const std::string& when) {
  const auto texts = ranks.gather_text(hash + ' ' + host_name());
  for (std::size_t r = 1; r < texts.size(); ++r)
    check(texts[r].substr(0, hash.size()) == texts[0].substr(0, hash.size()), kAt, when,
          " the weights of rank ", r, " on ", texts[r].substr(hash.size() + 1),
          " are others than those of rank 0 on ", texts[0].substr(hash.size() + 1),
          "; expected the same on all: a fault of a processor, of memory, or of ours");
}

}  // namespace sonant

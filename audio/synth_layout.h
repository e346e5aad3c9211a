// How the synthetic corpus' utterances are laid out as files: as RAVDESS has them, or as another
// corpus, so that its reader can be tried from folder to training without anybody's recordings.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sonant/audio/corpora/ravdess.h>

namespace sonant {

struct SynthLayout {
  std::string name;  // "emo-db"
  // Where in the folder an utterance lies; nothing if that corpus has no such speaker or emotion.
  std::function<std::optional<std::filesystem::path>(const RavdessName& name)> place;
  // What else lies there for these utterances, as a list of speakers: text by place.
  std::function<std::map<std::filesystem::path, std::string>(std::span<const RavdessName> names)>
      lists = {};
};

// The first one is RAVDESS's. Speakers keep their sex.
const std::vector<SynthLayout>& synth_layouts();
std::vector<std::string> known_synth_layouts();
// UsageError that lists what there is.
const SynthLayout& find_synth_layout(const std::string& name);

}  // namespace sonant

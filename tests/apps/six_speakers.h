// A corpus so small that a training takes a second, and the words of that training.
#pragma once

#include <sonant/core/file.h>

#include <filesystem>
#include <string>
#include <vector>

#include "apps/synthetic.h"

using Words = std::vector<std::string>;

// Rendered once for all cases: six speakers, 180 files.
inline const std::string& six_speakers() {
  static const TempFolder folder;
  static const std::string path = folder / "six";
  static const int status =
      run_sonant({"synth", "-q", "--out", path, "--speakers", "6", "--repetitions", "1"}).status;
  REQUIRE(status == 0);
  return path;
}

// The same as a manifest: of its five folds each has speakers to validate.
inline const std::string& six_speakers_manifest() {
  static const TempFolder folder;
  static const std::string path = [] {
    std::string rows = "path,label,speaker\n";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(six_speakers())) {
      const std::string name = entry.path().stem();
      if (entry.path().extension() == ".wav")
        rows += entry.path().native() + "," + name.substr(6, 2) + "," + name.substr(18) + "\n";
    }
    const std::string csv = folder / "six.csv";
    sonant::write_file(csv, rows, "test");
    return csv;
  }();
  return path;
}

inline std::string a_sound() { return six_speakers() + "/Actor_01/03-01-01-01-01-01-01.wav"; }

// The first words, and what a case adds or says otherwise.
inline Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

inline Words small_training(const Words& more = {}) {
  return with({"train", "-q", "--data", six_speakers(), "--model", "lstm-sa-h4", "--epochs", "2",
               "--batch-size", "32"},
              more);
}

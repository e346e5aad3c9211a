// The synthetic corpus for the tests of the command line, and how often they kill it.
#pragma once

#include <string>

#include "apps/run.h"
#include "support/catch.h"
#include "support/temp_folder.h"

// Sanitizers make everything slower; fewer kills show the same.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kKills = 4;
#else
inline constexpr int kKills = 20;
#endif

// As folder/synthetic.
inline void render_corpus(const TempFolder& folder) {
  const Outcome outcome =
      run_sonant({"synth", "--out", folder / "synthetic", "--repetitions", "1"});
  REQUIRE(outcome.status == 0);
}

// Rendered once for all cases; corpus() / "synthetic".
inline const TempFolder& corpus() {
  static const TempFolder folder;
  static const bool rendered = (render_corpus(folder), true);
  REQUIRE(rendered);
  return folder;
}

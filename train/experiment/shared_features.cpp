#include <sonant/train/experiment/shared_features.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include <sonant/core/file.h>

namespace sonant {
namespace {

using std::chrono::milliseconds;

// Until they are there or they are ours to compute: false if stop() asked before.
bool wait_for_turn(Claims& claims, const std::filesystem::path& folder,
                   const std::filesystem::path& file, const Callbacks& callbacks) {
  constexpr milliseconds tick{100}, longest{2000};
  milliseconds pause = tick;
  while (!std::filesystem::exists(file) && !claims.take(folder)) {
    for (milliseconds slept{0}; slept < pause; slept += tick) {
      if (callbacks.stop && callbacks.stop()) return false;
      std::this_thread::sleep_for(tick);
    }
    pause = std::min(pause * 2, longest);
  }
  return true;
}

}  // namespace

Dataset load_shared_dataset(Source source, LoadOptions options, const std::filesystem::path& folder,
                            const Callbacks& callbacks, const ClaimTimes& times) {
  if (source.store) return load_dataset(std::move(source), options, callbacks);
  const std::filesystem::path of_features = folder / "features";
  options.published = of_features / "clips.safetensors";
  if (std::filesystem::exists(options.published))
    return load_dataset(std::move(source), options, callbacks);
  make_folder(of_features, "features");
  Claims claims(folder, times);
  if (!wait_for_turn(claims, of_features, options.published, callbacks)) {
    Dataset stopped;
    stopped.interrupted = true;
    return stopped;
  }
  sweep_temporaries(of_features);
  Dataset data = load_dataset(std::move(source), options, callbacks);
  if (!data.interrupted) claims.finish(of_features);
  return data;
}

}  // namespace sonant

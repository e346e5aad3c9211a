// The features of an experiment, computed once, by whoever of its workers comes first, and read by
// all others, who decode no sound: the load on the file server hardly grows with the number of
// hosts, and the C library of each host may round as it likes.
#pragma once

#include <filesystem>

#include <sonant/train/dataset.h>
#include <sonant/train/experiment/claims.h>

namespace sonant {

// load_dataset(), with the features in folder/features/clips.safetensors, which the first worker
// writes; others wait for it. Of a feature store, which is shared already, nothing is written.
// Marked interrupted if callbacks.stop asks meanwhile. Error if the folder cannot be written to, or
// holds features of other sounds (told by the files' names and sizes) or of other settings.
Dataset load_shared_dataset(Source source, LoadOptions options, const std::filesystem::path& folder,
                            const Callbacks& callbacks = {}, const ClaimTimes& times = {});

}  // namespace sonant

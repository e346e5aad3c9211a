// Sonant among its peers: the same problems as the others, through the interface users have.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include <sonant/audio/features.h>
#include <sonant/core/parallel.h>
#include <sonant/core/version.h>
#include <sonant/nn/models/streaming.h>

#include "machine.h"
#include "peers/serve.h"
#include "verify.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

std::function<void()> train(int batch) {
  verify_training(make_utterances(first_lengths(8)));
  const auto data = std::make_shared<Utterances>(make_utterances(first_lengths(batch)));
  const auto training = std::make_shared<Training>();
  return [=] { training->step(*data); };
}

std::function<void()> infer(const std::vector<int>& lengths) {
  verify_training(make_utterances(first_lengths(8)));
  const auto data = std::make_shared<Utterances>(make_utterances(lengths));
  const auto training = std::make_shared<Training>();
  return [=] { training->infer(*data); };
}

std::function<void()> layers(const std::vector<int>& sizes, const std::vector<int>& lengths,
                             bool backward) {
  verify_stack(sizes, std::vector<int>(3, 5));
  const auto stack = std::make_shared<LstmStack>(sizes, lengths);
  return [=] {
    if (backward) {
      stack->forward_backward();
    } else {
      stack->forward();
    }
  };
}

// A step of a family's training, or one sequence forward.
std::function<void()> family(const std::string& name, int frames, bool training) {
  const std::vector<int> lengths(training ? families_batch : 1, frames);
  const auto net = std::make_shared<FamilyTraining>(name, lengths);
  if (training) return [=] { net->step(); };
  return [=] { net->logits(); };
}

// An utterance, frame by frame, with a result after each.
std::function<void()> stream() {
  verify_streaming();
  const auto data = std::make_shared<Utterances>(make_utterances(std::vector<int>{w_utterance}));
  const auto classifier = std::make_shared<StreamingClassifier<float>>(Training().model());
  return [=] {
    classifier->reset();
    for (std::size_t t = 0; t < w_utterance; ++t) {
      classifier->push(data->features.span().subspan(t * w_features, w_features));
      benchmark::DoNotOptimize(classifier->result());
      classifier->prepare_next();
    }
  };
}

}  // namespace

int main(int argc, char** argv) {
  set_num_threads(1);
  const std::vector<int> w = {w_features, w_features, w_hidden}, l = {l_input, l_hidden};
  const std::vector<int> w_equal(32, w_utterance), l_equal(l_batch, l_steps);
  std::vector<PeerProblem> problems;
  for (int batch : {8, 16, 32})
    problems.push_back({"train/" + std::to_string(batch), [=] { return train(batch); }});
  problems.push_back({"forward/1", [] { return infer({w_utterance}); }});
  problems.push_back({"forward/32", [] { return infer(first_lengths(32)); }});
  problems.push_back({"stream", stream});
  problems.push_back({"layers/1/forward", [=] { return layers(w, {w_utterance}, false); }});
  problems.push_back({"layers/32/forward", [=] { return layers(w, w_equal, false); }});
  problems.push_back({"layers/32", [=] { return layers(w, w_equal, true); }});
  problems.push_back({"large/32", [=] { return layers(l, l_equal, true); }});
  problems.push_back({"light-sernet/1", [] { return family("light-sernet", clip_frames, false); }});
  problems.push_back({"light-sernet/32", [] { return family("light-sernet", clip_frames, true); }});
  for (const char* name : {"lstm-wp", "a-lstm"})
    problems.push_back(
        {std::string(name) + "/32", [=] { return family(name, sequence_frames, true); }});
  if (argc > 1) {
    problems.push_back({"features", [file = std::string(argv[1])] {
                          const auto extractor = std::make_shared<FeatureExtractor>();
                          return [=] { (*extractor)(decode(file)); };
                        }});
  }
  return serve("Sonant", version(), problems, machine_facts());
}

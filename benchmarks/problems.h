// The problems that are timed, by name, so that every program and every peer computes the same.
//
// W: ResLSTM-SA-h64 (46->46, residual, BatchNorm, 46->64, attention, classifier), float.
// L: one LSTM 256->512, 100 steps, 32 sequences.
// Families: light-sernet of clips of 3 s (184 frames of 40), 8 classes; a-lstm, mean-lstm and
// lstm-wp of 300 frames of 36, heads of 4, 10 and 2 classes.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sonant/core/ops/lstm.h>
#include <sonant/nn/models/family.h>
#include <sonant/train/optimizer.h>

namespace sonant::bench {

// Frames of W's 32 utterances. RAVDESS' speech has 69 to 124 frames, 87.2 on average; its features
// may not be passed on, so the lengths are T_k = round(69 + 55 (k/31)^2.07), k = 0..31, which have
// that range and that mean, in an order in which the first 8 and the first 16 have the mean, too.
// Values do not matter for the time: features are N(0,1), as after normalisation.
inline constexpr int w_lengths[] = {
#include "lengths.csv"
};
inline constexpr int w_features = 46, w_hidden = 64, w_classes = 8;
inline constexpr int w_utterance = 87;  // frames of the one for latency

inline constexpr int clip_frames = 184, sequence_frames = 300, families_batch = 32;

inline constexpr int l_input = 256, l_hidden = 512, l_steps = 100, l_batch = 32;

// The first `batch` of w_lengths. Error if there are not so many.
std::vector<int> first_lengths(int batch);

// Floating point operations of one LSTM layer over `rows` rows of `batch` sequences: the matrix
// products, a multiply-and-add counted as two. Forward; and backward, of which the first step's
// recurrent gradient is never needed, nor, unless `input_gradient`, dx.
double lstm_forward_flops(int input, int hidden, const PackedLayout& layout);
double lstm_backward_flops(int input, int hidden, const PackedLayout& layout, bool input_gradient);

// W's data: features and labels of the sequences, drawn by a fixed seed.
struct Utterances {
  Layout layout;
  Tensor<float> features;   // (N,46)
  std::vector<int> labels;  // [B]
};
Utterances make_utterances(std::span<const int> lengths);

// W: the model, Adam, and one step of training with all that belongs to it.
class Training {
 public:
  explicit Training(std::string kernel = "", double dropout = 0.3);
  // zero_grad, forward, loss, backward, Adam. Returns the loss.
  double step(const Utterances& batch);
  // Logits (B,8), in evaluation mode, nothing recorded.
  Tensor<float> infer(const Utterances& batch);
  Model<float>& model() { return *model_; }

 private:
  std::unique_ptr<Model<float>> model_;
  std::unique_ptr<Optimizer<float>> optimizer_;
  std::uint64_t steps_ = 0;
};

// One of the other published families with random features, its optimizer, and one step of training
// with all that belongs to it; without dropout.
class FamilyTraining {
 public:
  // kernel: of the LSTM. Error for a family that is not one of those above.
  FamilyTraining(const std::string& family, std::span<const int> lengths,
                 const std::string& kernel = "");
  void step();             // forward, losses, zero_grad, backward, optimizer
  Tensor<float> logits();  // of the first head, in evaluation mode, nothing recorded
  Model<float>& model() { return *model_; }
  // The products: of a step both gradients, but none of the features.
  double flops(bool training) const;

 private:
  Layout layout_;
  bool convolves_;
  Tensor<float> x_;
  std::vector<int> labels_;
  std::unique_ptr<Model<float>> model_;
  std::unique_ptr<Optimizer<float>> optimizer_;
};

// A convolution of light-sernet, its border Border::same.
struct ConvLayer {
  const char* name;
  int height, width, channels, outputs, rows, columns;
  double flops() const { return 2.0 * height * width * outputs * channels * rows * columns; }
};
inline constexpr ConvLayer conv_layers[] = {
    {"path1", 184, 40, 1, 32, 11, 1},  {"path2", 184, 40, 1, 32, 1, 9},
    {"path3", 184, 40, 1, 32, 3, 3},   {"block1", 92, 20, 96, 64, 3, 3},
    {"block2", 46, 10, 64, 96, 3, 3},  {"block3", 23, 5, 96, 128, 3, 3},
    {"block4", 12, 5, 128, 160, 3, 3}, {"block5", 6, 5, 160, 320, 1, 1}};

// LSTM layers alone, one on top of the other, as the primitives of other libraries compute them.
class LstmStack {
 public:
  // sizes: D, H of the first, H of the second, ... Nobody asks for the gradient of the input.
  LstmStack(std::span<const int> sizes, std::span<const int> lengths, std::string_view kernel = "");
  void forward();
  void forward_backward();  // with a random gradient of the output
  double flops(bool backward) const;
  const Tensor<float>& input() const { return input_; }      // (N,D)
  const Tensor<float>& doutput() const { return doutput_; }  // (N,H)
  const Tensor<float>& output() const { return output_; }    // (N,H) of forward()
  const std::vector<Parameter<float>>& parameters() const { return parameters_; }

 private:
  Var<float> run(Tape<float>& tape);

  std::vector<int> sizes_;
  const kernels::LstmKernel<float>* kernel_;
  Layout layout_;
  Tensor<float> input_, output_, doutput_;
  std::vector<Parameter<float>> parameters_;  // w_ih, w_hh, b_ih, b_hh of each layer
};

}  // namespace sonant::bench

// What the files compiled once per instruction set define: the simd variants of the LSTM and of the
// convolution, and vector functions over arrays. Plain declarations; the bodies are in *_body.h,
// which only core/kernels/simd_<set>.cpp includes. A function may be called only where
// isa_supported(isa).
#pragma once

#include <cstdint>

#include <sonant/core/kernels/a_lstm_args.h>
#include <sonant/core/kernels/conv_args.h>
#include <sonant/core/kernels/isa_enum.h>
#include <sonant/core/kernels/lstm_args.h>
#include <sonant/core/kernels/map_args.h>
#include <sonant/core/kernels/stream_args.h>

namespace sonant::kernels {

template <Isa isa, class T>
struct SimdLstm {
  static LstmSizes sizes(int input, int hidden, const LstmRows& rows);
  static void prepare(int input, int hidden, const LstmParameters<T>& parameters, LstmPart part,
                      T* prepared);
  static void forward(const LstmForward<T>& args);
  static void forward_fast(const LstmForward<T>& args);  // with SimdMath's fast functions
  static void backward(const LstmBackward<T>& args);
};

// Its parameters are packed by SimdLstm's prepare.
template <Isa isa, class T>
struct SimdALstm {
  static LstmSizes sizes(int input, int hidden, int count, int reach, const LstmRows& rows);
  static void forward(const ALstmForward<T>& args);
  static void forward_fast(const ALstmForward<T>& args);
  static void backward(const ALstmBackward<T>& args);
};

// One time step of one sequence; stream.h says what each function does.
template <Isa isa, class T>
struct SimdStream {
  static StreamSizes sizes(int input, int hidden, int classes);
  static void pack_cell(int input, int hidden, const LstmParameters<T>& parameters, T* packed);
  static void pack_head(int hidden, int classes, const HeadParameters<T>& parameters, T* packed);
  static void prepare(const StreamCell<T>& cell);
  static void step(const StreamCell<T>& cell, const T* x);
  static void attend(const StreamHead<T>& head, const T* h);
  static void classify(const StreamHead<T>& head);
};

// Channels-last convolution; conv.h says what each function does.
template <Isa isa, class T>
struct SimdConv {
  static ConvSizes sizes(const ConvShape& shape, int images);
  static void pack(const ConvShape& shape, const T* w, ConvPart part, T* packed);
  static void forward(const ConvForward<T>& args);
  static void backward(const ConvBackward<T>& args);
  static void unpack(const ConvShape& shape, const T* gradient, T* dw);
};

// What stands between convolutions; map.h says what each function does.
template <Isa isa, class T>
struct SimdMap {
  static void moments(std::int64_t rows, int channels, const T* x, const T* origin, double* sum,
                      double* squares);
  static void forward(const MapWindows& windows, int images, const ChannelNorm<T>& norm, const T* x,
                      T* y);
  static void gradient_sums(const MapWindows& windows, int images, const ChannelNorm<T>& norm,
                            const T* x, const T* dy, double* sum, double* sum_xhat);
  static void backward(const MapWindows& windows, int images, const ChannelNorm<T>& norm,
                       const T* x, const T* dy, const T* offset, const T* slope, T* dx);
};

// y[n] = f(x[n]) for n < count; x and y may be the same. Errors over the whole range of x: at most
// 2 units of the last place of y, the fast ones 3e-7 (float) or 1e-15 (double); docs/kernels.md.
template <Isa isa, class T>
struct SimdMath {
  static void sigmoid(const T* x, T* y, std::int64_t count);
  static void tanh(const T* x, T* y, std::int64_t count);
  static void fast_sigmoid(const T* x, T* y, std::int64_t count);
  static void fast_tanh(const T* x, T* y, std::int64_t count);
};

}  // namespace sonant::kernels

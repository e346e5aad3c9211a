// The simd Advanced LSTM: the LSTM's passes over states that are combined. Included by
// simd_<set>.cpp.
#pragma once

#include <sonant/core/kernels/a_lstm_gradients_body.h>
#include <sonant/core/kernels/lstm_backward_body.h>
#include <sonant/core/kernels/lstm_forward_body.h>

namespace sonant::kernels {

template <Isa isa, class T>
LstmSizes SimdALstm<isa, T>::sizes(int input, int hidden, int count, int reach,
                                   const LstmRows& rows) {
  const LstmLayout<isa, T> layout(input, hidden);
  const ALstmRing<isa, T> ring(reach, rows, layout);
  LstmSizes sizes = layout.sizes(rows);
  sizes.forward_workspace += MixedStates<isa, T>::size(ring, count);
  sizes.backward_workspace += MixedGradients<isa, T>::size(ring, count);
  return sizes;
}

template <Isa isa, class T>
void SimdALstm<isa, T>::forward(const ALstmForward<T>& args) {
  using States = MixedStates<isa, T>;
  const LstmLayout<isa, T> layout(args.lstm.input, args.lstm.hidden);
  ForwardRun<isa, T, MathBody<isa, T>, States>(args.lstm, layout, States(args, layout)).run();
}

template <Isa isa, class T>
void SimdALstm<isa, T>::forward_fast(const ALstmForward<T>& args) {
  using States = MixedStates<isa, T>;
  const LstmLayout<isa, T> layout(args.lstm.input, args.lstm.hidden);
  ForwardRun<isa, T, FastMathBody<isa, T>, States>(args.lstm, layout, States(args, layout)).run();
}

template <Isa isa, class T>
void SimdALstm<isa, T>::backward(const ALstmBackward<T>& args) {
  using States = MixedGradients<isa, T>;
  const LstmLayout<isa, T> layout(args.lstm.input, args.lstm.hidden);
  BackwardRun<isa, T, States>(args.lstm, layout, States(args, layout)).run();
}

}  // namespace sonant::kernels

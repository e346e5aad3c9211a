#include <sonant/nn/dropout.h>

#include <sstream>

#include <sonant/core/ops/dropout.h>

namespace sonant {

template <Real T>
Dropout<T>::Dropout(double probability) : p(probability) {
  check(p >= 0 && p < 1, "Dropout", "expects a probability in [0,1), got ", p);
}

template <Real T>
Var<T> Dropout<T>::operator()(const Var<T>& x) {
  return this->output(dropout(x, p, this->training()));
}

template <Real T>
std::string Dropout<T>::settings() const {
  std::ostringstream text;
  text << p;
  return text.str();
}

template class Dropout<float>;
template class Dropout<double>;

}  // namespace sonant

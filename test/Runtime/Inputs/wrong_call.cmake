find_package(seqc REQUIRED)
seqc_add_model(x x.onnx STATIC)

from keras import Input, Model, layers

image = Input((56, 56, 64))
x = layers.Conv2D(64, 1, use_bias=False, name="conv1")(image)
x = layers.ReLU()(layers.BatchNormalization()(x))
x = layers.Conv2D(64, 3, padding="same", use_bias=False, name="conv2")(x)
x = layers.ReLU()(layers.BatchNormalization()(x))
x = layers.Conv2D(256, 1, use_bias=False, name="conv3")(x)
x = layers.BatchNormalization(name="bn3")(x)
x = layers.Add(name="residual")([image, x])
x = layers.ReLU()(x)
Model(image, x)

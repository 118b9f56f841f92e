from keras import Input, Model, layers


def basic(x, channels, stride=1):
    main = layers.Conv2D(channels, 3, strides=stride, padding="same", use_bias=False)(x)
    main = layers.ReLU()(layers.BatchNormalization()(main))
    main = layers.Conv2D(channels, 3, padding="same", use_bias=False)(main)
    main = layers.BatchNormalization()(main)
    if stride != 1:
        x = layers.Conv2D(channels, 1, strides=stride, use_bias=False)(x)
        x = layers.BatchNormalization()(x)
    return layers.ReLU()(layers.Add()([x, main]))


image = Input((32, 32, 3))
x = layers.Conv2D(16, 3, padding="same", use_bias=False, name="conv1")(image)
x = layers.ReLU()(layers.BatchNormalization()(x))
x = basic(x, 16)
x = basic(x, 32, stride=2)
x = basic(x, 32)
x = basic(x, 64, stride=2)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dense(10, name="fc")(x)
Model(image, x)

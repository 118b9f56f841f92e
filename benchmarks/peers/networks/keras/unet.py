from keras import Input, Model, layers


def double(x, channels):
    x = layers.Conv2D(channels, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(channels, 3, padding="same", activation="relu")(x)


image = Input((64, 64, 1))
enc1 = double(image, 16)
enc2 = double(layers.MaxPooling2D(2)(enc1), 32)
bottom = double(layers.MaxPooling2D(2)(enc2), 64)
up2 = layers.Conv2DTranspose(32, 2, strides=2, name="up2")(bottom)
concat2 = layers.Concatenate(name="concat2")([up2, enc2])
up1 = layers.Conv2DTranspose(16, 2, strides=2, name="up1")(double(concat2, 32))
concat1 = layers.Concatenate(name="concat1")([up1, enc1])
mask = layers.Conv2D(1, 1, name="mask")(double(concat1, 16))
Model(image, mask)

from keras import Input, Model, layers


def double(x, channels):
    x = layers.Conv2D(channels, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(channels, 3, padding="same", activation="relu")(x)


image = Input((358, 358, 1))
enc1 = double(image, 32)
enc2 = double(layers.MaxPooling2D(2)(enc1), 64)
enc3 = double(layers.MaxPooling2D(2)(enc2), 128)
bottom = double(layers.MaxPooling2D(2)(enc3), 256)
up3 = layers.Conv2DTranspose(128, 2, strides=2, name="up3")(bottom)
concat3 = layers.Concatenate(name="concat3")([up3, enc3])
up2 = layers.Conv2DTranspose(64, 2, strides=2, name="up2")(double(concat3, 128))
concat2 = layers.Concatenate(name="concat2")([up2, enc2])
up1 = layers.Conv2DTranspose(32, 2, strides=2, name="up1")(double(concat2, 64))
concat1 = layers.Concatenate(name="concat1")([up1, enc1])
mask = layers.Conv2D(1, 1, name="mask")(double(concat1, 32))
Model(image, mask)

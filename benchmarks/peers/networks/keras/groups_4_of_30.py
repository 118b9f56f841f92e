from keras import Input, Model, layers

image = Input((32, 32, 3))
x = layers.Conv2D(30, 3, padding="same", activation="relu", name="conv1")(image)
x = layers.Conv2D(64, 3, padding="same", groups=4, activation="relu", name="conv2")(x)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dense(10, name="fc")(x)
Model(image, x)

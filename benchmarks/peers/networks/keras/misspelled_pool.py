from keras import Input, Model, layers

image = Input((32, 32, 1))
x = layers.Conv2D(6, 5, activation="relu", name="conv1")(image)
x = layers.MaxPooling2D(2, name="pool1")(x)
x = layers.Conv2D(16, 5, activation="relu", name="conv2")(x)
x = layers.MaxPoling2D(2, name="pool2")(x)
x = layers.Conv2D(120, 5, activation="relu", name="conv3")(x)
x = layers.Flatten()(x)
x = layers.Dense(84, activation="relu", name="fc1")(x)
x = layers.Dense(10, name="fc2")(x)
Model(image, x)

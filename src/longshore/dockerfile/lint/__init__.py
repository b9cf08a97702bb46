"""What is legal in a Dockerfile and yet likely to be a mistake: BuildKit's rules (`build --check`), under its names and
in its words. https://docs.docker.com/reference/build-checks/"""

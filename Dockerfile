# The image of migrations, workers and the callback route; the command says which.
FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN pip install --no-cache-dir --editable '.[postgresql]' && useradd --create-home orchestrator
USER orchestrator
ENV PYTHONUNBUFFERED=1 DRO_HOME=/home/orchestrator/.dro
ENTRYPOINT ["dro"]
CMD ["worker"]

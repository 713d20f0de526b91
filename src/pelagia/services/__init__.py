"""The instruments, one folder each: service.py is the face, pipeline.py the story."""

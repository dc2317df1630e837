"""EndoAtlas: curated knowledge on human hormones, served over REST."""
